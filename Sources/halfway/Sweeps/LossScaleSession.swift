// SPDX-License-Identifier: Apache-2.0
import ExperimentFiles
import Foundation
import Measurements
import Reports
import StepAnalysis

/// A sweep of loss scales from its description to its report.
struct LossScaleSession {
  /// What is trained.
  let training: TrainingSession
  /// The steps that are looked at.
  let steps: [Int]
  /// The scales.
  let scales: [Float]
  /// The line that makes the result again.
  let command: String

  /// Sweeps, writes the report into a folder, and the result as the options want it.
  func run(
    folder path: String, _ options: OutputOptions, gate: DocumentGate, gates: GateOptions
  ) throws {
    guard gates.junit == nil || !gate.isEmpty else {
      throw CommandExit.usage("--junit has a test for each --fail-on, and there is none")
    }
    let experiment = try training.experiment()
    let folder = ReportFolder(path: path, document: "sweep.json")
    var own = folder.ownFiles
    own.read = training.inputs
    try own.refuseInputs(output: path)
    if let junit = gates.junit { try own.refuse(junit, of: "--junit") }
    try own.refuse(options.exports)
    let lock = try folder.prepare()
    defer { lock.release() }
    try gates.checkFiles(options, beside: own)
    let stopwatch = Stopwatch()
    let started = Date()
    let progress = Progress(
      "sweep", total: UInt64(steps.last ?? 0), unit: "steps")
    let sweep = LossScaleSweeper(experiment, steps: steps, scales: scales).run { step in
      progress.report(completed: UInt64(step))
      return !Interrupt.isRequested
    }
    progress.finish()
    try Interrupt.check("interrupted; '\(path)' is as it was")
    var result = LossScaleOutput(sweep: sweep, command: command)
    result.page = folder.page
    result.run = stopwatch.record(threads: training.threads)
    let report = LossScaleReport(
      sweep,
      context: ReportContext(command: command, started: started, seconds: stopwatch.seconds))
    let files = [
      ReportFile(path: "sweep.json", text: try JSONText.encode(result.document, isIndented: false))
    ]
    try OutputOptions.runAll([
      {
        try folder.write(
          report.files() + files, removing: report.possiblePaths)
      },
      { try folder.write(training.description.effective(on: experiment.task)) },
      { try options.write(result) },
    ])
    let tests = gates.report(of: "sweep")
    try tests.publish(gate.conditionTests(of: result), seconds: stopwatch.seconds)
    if let end = gate.end(after: result, hasFindings: result.hasFindings) { throw end }
    if let stop = sweep.stoppedAt {
      throw CommandExit(
        .nothingSelected,
        "\(sweep.reference.name) is not finite at step \(stop): nothing to compare with")
    }
  }
}
