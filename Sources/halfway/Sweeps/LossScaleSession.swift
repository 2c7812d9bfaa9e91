// SPDX-License-Identifier: Apache-2.0
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
    folder: String, _ options: OutputOptions, gate: DocumentGate, gates: GateOptions
  ) throws {
    let session = StepSession(training: training, verb: "sweep", document: "sweep.json")
    try session.run(folder: folder, options, gate: gate, gates: gates) { experiment, page in
      let (started, stopwatch) = (Date(), Stopwatch())
      let progress = Progress("sweep", total: UInt64(steps.last ?? 0), unit: "steps")
      let sweep = LossScaleSweeper(experiment, steps: steps, scales: scales).run { step in
        progress.report(completed: UInt64(step))
        return !Interrupt.isRequested
      }
      progress.finish()
      let report = LossScaleReport(
        sweep,
        context: ReportContext(command: command, started: started, seconds: stopwatch.seconds))
      var result = LossScaleOutput(report: report)
      result.page = page
      result.run = stopwatch.record(threads: training.threads)
      return StepSession.Outcome(
        result: result, files: report.files(), possiblePaths: report.possiblePaths,
        hasFindings: result.hasFindings, stoppedAt: sweep.stoppedAt,
        inconclusive: report.findings.allSatisfy { $0.step.plateau == nil }
          ? "no scale that was tried serves a step" : nil)
    }
  }
}
