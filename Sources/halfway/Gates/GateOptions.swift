// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Words

/// The options of commands whose result is a gate in CI.
struct GateOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp("Also write the outcome as JUnit's XML.", valueName: "file"),
    completion: .file())
  var junit: String?

  /// Throws before the work where a file cannot be written, or would take the place of one that the
  /// command reads or writes.
  func checkFiles(
    _ output: OutputOptions, beside own: OwnFiles = OwnFiles()
  ) throws(CommandExit) {
    guard let junit else { return try output.checkFiles(beside: own) }
    try own.refuse(junit, of: "--junit")
    var all = own
    all.written.append(junit)
    try output.checkFiles(beside: all)
    try AtomicFile.check(junit)
  }

  /// The report of a command's tests.
  func report(of command: String) -> GateReport {
    GateReport(suite: "halfway \(command)", junit: junit)
  }
}

/// Where CI systems read what became of a command's tests.
struct GateReport {
  /// The command.
  let suite: String
  /// The file of JUnit's XML; nil for none.
  let junit: String?

  /// Writes the file, and in a step of GitHub's the annotations and the summary. Tests are made only
  /// where somebody reads them.
  func publish(_ tests: @autoclosure () -> [GateTest], seconds: Double) throws {
    guard junit != nil || GitHubSummary.isAsked else { return }
    let tests = tests()
    if let junit {
      try AtomicFile.write(
        JUnitReport(suite: suite, tests: tests, seconds: seconds).text, to: junit)
    }
    try GitHubSummary(suite: suite, tests: tests).publish()
  }
}
