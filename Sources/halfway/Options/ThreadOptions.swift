// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation

/// The option `--threads` of every command that works on several; it changes no result.
struct ThreadOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditional, help: "Threads; as many as processors by default.",
    transform: Options.whole(Options.threads))
  var threads: Int?

  /// The number of threads asked for, or that of the processors.
  var count: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }
}
