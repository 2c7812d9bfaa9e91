// SPDX-License-Identifier: Apache-2.0
import ExperimentFiles
import Foundation
import Measurements
import Reports
import Twins

/// What looks at steps of a training, from its description to a report in a folder.
struct StepSession {
  /// What is trained.
  let training: TrainingSession
  /// The command's name.
  let verb: String
  /// The file of the result in the folder.
  let document: String

  /// What was found, and its report.
  struct Outcome<Result: Presentable> {
    var result: Result
    var files: [ReportFile]
    var possiblePaths: Set<String>
    /// What the command's own criterion says.
    var hasFindings: Bool
    /// The step at which the reference is not finite; nil for none.
    var stoppedAt: Int?
    /// Why nothing can be concluded; nil where something can.
    var inconclusive: String?
  }

  /// Works, writes the report into a folder, and the result as the options want it.
  ///
  /// - Parameter work: looks at the steps, whose page will be at a path.
  func run<Result: Presentable>(
    folder path: String, _ options: OutputOptions, gate: DocumentGate, gates: GateOptions,
    _ work: (TwinExperiment, _ page: String) throws -> Outcome<Result>
  ) throws {
    guard gates.junit == nil || !gate.isEmpty else {
      throw CommandExit.usage("--junit has a test for each --fail-on, and there is none")
    }
    let experiment = try training.experiment()
    let folder = ReportFolder(path: path, document: document)
    var own = folder.ownFiles
    own.read = training.inputs
    try own.refuseInputs(output: path)
    if let junit = gates.junit { try own.refuse(junit, of: "--junit") }
    try own.refuse(options.exports)
    let lock = try folder.prepare()
    defer { lock.release() }
    try gates.checkFiles(options, beside: own)
    let stopwatch = Stopwatch()
    let outcome = try work(experiment, folder.page)
    try Interrupt.check("interrupted; no result was written to '\(path)'")
    let written = ReportFile(
      path: document, text: try JSONText.encode(outcome.result.document, isIndented: false))
    try OutputOptions.runAll([
      { try folder.write(outcome.files + [written], removing: outcome.possiblePaths) },
      { try folder.write(training.description.effective(on: experiment.task)) },
      { try options.write(outcome.result) },
    ])
    try gates.report(of: verb).publish(
      gate.conditionTests(of: outcome.result), seconds: stopwatch.seconds)
    if let end = gate.end(after: outcome.result, hasFindings: outcome.hasFindings) { throw end }
    if let stop = outcome.stoppedAt {
      throw CommandExit(
        .nothingSelected,
        "\(experiment.reference.name) is not finite at step \(stop): nothing to compare with")
    }
    if let reason = outcome.inconclusive { throw CommandExit(.nothingSelected, reason) }
  }
}
