// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Formats
import Foundation
import KernelChecks
import OwnKernels

/// `halfway kernel-worker`: the process in which `check` runs a function of a shared library, or a
/// kernel of Halfway's own.
struct KernelWorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernel-worker",
    abstract: "Runs a kernel for check.", shouldDisplay: false)

  @Option(name: .long) var library: String?
  @Option(name: .long) var symbol: String?
  @Option(name: .long) var signature: String?
  @Option(name: .long) var own: String?
  @Option(name: .long) var function: String?
  @Option(name: .long) var format: String?
  @Option(name: .long) var resultFormat: String?

  func run() throws {
    if let library, let symbol, let signature {
      Foundation.exit(LibraryWorker.run(library: library, symbol: symbol, signature: signature))
    }
    guard let own, let function, let format, let resultFormat else {
      throw CommandExit.usage("kernel-worker is started by check, with options of its own")
    }
    Foundation.exit(
      KernelWorker.run {
        guard let input = Format(elementID: format), let result = Format(elementID: resultFormat)
        else { throw WorkerFailure("unknown format '\(format)' or '\(resultFormat)'") }
        let kernel = try OwnKernel(own, computing: function, in: input, result: result)
        return (
          kernel,
          WorkerGreeting(
            protocol: WorkerProtocol.version, name: kernel.name,
            versions: ["halfway": Version.current])
        )
      })
  }
}
