// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import KernelChecks

/// `halfway kernel-worker`: the process in which `check` runs a function of a shared library.
struct KernelWorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernel-worker",
    abstract: "Runs a function of a shared library for check.", shouldDisplay: false)

  @Option(name: .long) var library: String
  @Option(name: .long) var symbol: String
  @Option(name: .long) var signature: String

  func run() throws {
    Foundation.exit(LibraryWorker.run(library: library, symbol: symbol, signature: signature))
  }
}
