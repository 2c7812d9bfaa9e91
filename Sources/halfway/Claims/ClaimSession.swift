// SPDX-License-Identifier: Apache-2.0
import Foundation
import Words

/// Claims of one file or of every experiment of a folder, from their files to their table.
struct ClaimSession {
  private let files: [ClaimFile]
  private let threads: Int

  /// The claims of a file.
  init(file: String, threads: Int) throws(CommandExit) {
    files = [try ClaimFile(ofFile: file)]
    self.threads = threads
  }

  /// The claims of every experiment in a folder, by their names; throws status 3 without any.
  init(folder: String, threads: Int) throws(CommandExit) {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    } catch {
      throw CommandExit(
        .badInput,
        "no folder of experiments '\(Echo.path(folder))': run in the repository's folder, or name one"
      )
    }
    let paths = names.map { "\(folder)/\($0)/\(ClaimFile.fileName)" }
      .filter { FileManager.default.fileExists(atPath: $0) }
    var files: [ClaimFile] = []
    for path in paths { files.append(try ClaimFile(ofFile: path)) }
    guard !files.isEmpty else {
      throw CommandExit(
        .nothingSelected, "no experiment in '\(Echo.path(folder))' has a \(ClaimFile.fileName)")
    }
    self.files = files
    self.threads = threads
  }

  /// Puts every claim to the test and writes the table.
  func run(_ options: OutputOptions, gate: DocumentGate, gates: GateOptions) throws {
    let tool = try CheckRequest.tool()
    var own = OwnFiles()
    own.read = files.map(\.path)
    try gates.checkFiles(options, beside: own)
    let scratch =
      NSTemporaryDirectory() + "halfway-claims-\(ProcessInfo.processInfo.processIdentifier)"
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let stopwatch = Stopwatch()
    let total = files.reduce(0) { $0 + $1.claims.count }
    let progress = Progress("claims", total: UInt64(total), unit: "claims")
    var runner = ClaimRunner(tool: tool, threads: threads, scratch: scratch)
    var tested: [TestedClaim] = []
    for file in files {
      for claim in file.claims {
        if Interrupt.isRequested { break }
        let outcome = runner.tested(claim, of: file)
        // What was cut short is no result.
        if !Interrupt.isRequested { tested.append(outcome) }
        progress.report(completed: UInt64(tested.count))
      }
    }
    progress.finish()
    try Interrupt.check("interrupted after \(tested.count) of \(total) claims")
    var result = ClaimOutput(claims: tested)
    result.run = stopwatch.record(threads: threads)
    try options.write(result)
    try gates.report(of: "run").publish(gate.tests(of: result), seconds: stopwatch.seconds)
    if let end = gate.end(after: result, hasFindings: !result.holds) { throw end }
  }
}
