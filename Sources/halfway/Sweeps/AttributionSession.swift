// SPDX-License-Identifier: Apache-2.0
import Foundation
import Measurements
import Reports
import StepAnalysis

/// An attribution from its description to its report.
struct AttributionSession {
  /// What is trained.
  let training: TrainingSession
  /// The steps that are looked at.
  let steps: [Int]
  /// What the error is an error of.
  let quantity: AttributedQuantity
  /// The loss scale; nil for the policy's own.
  let scale: Float?
  /// In how many orders layers are switched on; zero for none.
  let orders: Int
  /// The line that makes the result again.
  let command: String

  /// Attributes, writes the report into a folder, and the result as the options want it.
  func run(
    folder: String, _ options: OutputOptions, gate: DocumentGate, gates: GateOptions
  ) throws {
    let session = StepSession(
      training: training, verb: "attribute", document: "attribution.json")
    try session.run(folder: folder, options, gate: gate, gates: gates) { experiment, page in
      let (started, stopwatch) = (Date(), Stopwatch())
      // Steps that are only trained take next to nothing beside one that is attributed.
      let parts = 1000
      let places = Dictionary(
        steps.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
      let progress = Progress("attribute", total: UInt64(steps.count * parts), unit: "parts")
      let found = Attributor(
        experiment, steps: steps, quantity: quantity, scale: scale, orders: orders
      ).run {
        step, share in
        if let place = places[step] {
          progress.report(completed: UInt64(place * parts + Int(share * Double(parts))))
        }
        return !Interrupt.isRequested
      }
      progress.finish()
      let report = AttributionReport(
        found,
        context: ReportContext(command: command, started: started, seconds: stopwatch.seconds))
      var result = AttributionOutput(report: report)
      result.page = page
      result.run = stopwatch.record(threads: training.threads)
      return StepSession.Outcome(
        result: result, files: report.files(), possiblePaths: report.possiblePaths,
        hasFindings: false, stoppedAt: found.stoppedAt,
        inconclusive: found.steps.allSatisfy { $0.error == nil }
          ? quantity == .updates
            ? "an update is infinite or NaN at every step, so that no error can be divided"
            : "a gradient is infinite or NaN at every step, so that no error can be divided; "
              + "--scale names another loss scale"
          : nil)
    }
  }
}
