// SPDX-License-Identifier: Apache-2.0
import Measurements
import Reports
import Tables
import Words

/// The result of `sweep loss-scale` in every output format.
struct LossScaleOutput: Presentable {
  /// What was measured, as a report.
  let report: LossScaleReport
  /// Where the report's page is; nil where none was written.
  var page: String?
  /// What may differ between two runs.
  var run: RunRecord?

  private var sweep: LossScaleSweep { report.sweep }

  /// Whether scales under which nothing is lost disagree.
  var hasFindings: Bool {
    sweep.policies.contains { $0.steps.contains { $0.losslessAgree == false } }
  }

  func text(for terminal: Terminal) -> String {
    var lines: [String] = []
    let configuration = sweep.configuration
    lines += terminal.wrapped(
      "\(configuration.model): \(configuration.architecture); \(configuration.parameters) weights, "
        + "batch \(configuration.batch), seed \(configuration.seed); beside \(sweep.reference.name)"
    )
    for finding in report.findings {
      lines += [""]
      let holds = finding.step.plateau != nil && finding.step.losslessAgree != false
      lines += prose(finding.verdict, terminal).map { terminal.styled($0, holds ? .green : .red) }
      for detail in finding.details { lines += prose(detail, terminal) }
      lines += [""] + terminal.aligned([Self.header], rows(finding.step))
    }
    lines += [""]
    lines += prose(
      "error: relative L2 of all weight gradients without the scale. zeroed, subnormal: of the "
        + "nonzero values of all gradients, in percent. recovered: of the reference's values that "
        + "become zero without a scale.", terminal)
    if let run {
      lines.append(
        "took \(Progress.duration(run.seconds)) on \(run.threads) "
          + (run.threads == 1 ? "thread" : "threads"))
    }
    if let page { lines.append("Report: \(Echo.plain(page))") }
    return lines.joined(separator: "\n") + "\n"
  }

  private func prose(_ sentence: String, _ terminal: Terminal) -> [String] {
    terminal.wrapped(Echo.plain(sentence.replacing("`", with: "")))
  }

  private static let header = [
    "scale", "regime", "error", "zeroed", "subnormal", "recovered",
  ]

  private func rows(_ step: SweptStep) -> [[String]] {
    step.scales.enumerated().map { index, row in
      [
        LossScaleFindings.text(row.scale), step.regime(index).rawValue,
        row.error.map { ReadableNumber.significant($0, digits: 3) } ?? "-",
        percent(row.range.zeroedRate), percent(row.range.subnormalRate),
        percent(row.recovery.recoveredRate),
      ]
    }
  }

  private func percent(_ share: Double?) -> String {
    share.map { $0 == 0 ? "0" : ReadableNumber.significant($0 * 100, digits: 2) } ?? "-"
  }

  var table: Table { report.scaleTable }

  /// What was asked.
  struct Configuration: Encodable {
    var training: TrainingConfiguration
    var reference: String
    var scales: [Double]
  }

  /// What was found.
  struct SweepResults: Encodable {
    var policies: [PolicyResults]
    var stoppedAt: Int?
  }

  /// What was found of a policy.
  struct PolicyResults: Encodable {
    var policy: PolicyDescription
    var steps: [StepResults]
  }

  /// What was found of a step.
  struct StepResults: Encodable {
    var step: Int
    var loss: Double?
    var summary: Summary
    var scales: [ScaleResults]
    var tensors: [SweptTensor]
  }

  /// What follows.
  struct Summary: Encodable {
    /// The least error of any scale, and whether it is what rounding costs.
    var floor: Double?
    var isFloor: Bool
    /// The error without a scale, and how many times the least that is.
    var unscaledError: Double?
    var gain: Double?
    /// The scales whose errors are near the least, and the one in their middle.
    var leastScale: Double?
    var greatestScale: Double?
    var bestScale: Double?
    /// How many powers of two the best scale may be doubled before a gradient overflows, by the
    /// reference's values.
    var headroom: Int?
    /// Whether one scale keeps every gradient within its own window.
    var isWindowEmpty: Bool?
    /// Whether powers of two under which nothing is lost give the same bits.
    var losslessAgree: Bool?
  }

  /// What was found of a scale.
  struct ScaleResults: Encodable {
    var scale: Double
    var regime: LossScaleRegime
    var error: Double?
    var cosine: Double?
    var range: RangeCounts
    var recovery: UnderflowRecovery
    var overflowed: TensorTag?
    var digest: String
  }

  var document: any Encodable {
    ResultDocument(
      schema: "halfway/sweep-loss-scale/1",
      configuration: Configuration(
        training: sweep.configuration, reference: sweep.reference.name, scales: sweep.scales),
      results: SweepResults(
        policies: sweep.policies.map { policy in
          PolicyResults(policy: policy.policy, steps: policy.steps.map(Self.results))
        }, stoppedAt: sweep.stoppedAt),
      timing: run.map { .init(started: $0.started, seconds: $0.seconds) })
  }

  private static func results(_ step: SweptStep) -> StepResults {
    let floor = step.floor
    let unscaled = step.unscaled.flatMap { step.scales[$0].error }
    let ends = step.ends
    return StepResults(
      step: step.step, loss: step.loss,
      summary: Summary(
        floor: floor, isFloor: step.showsFloor, unscaledError: unscaled,
        gain: unscaled.flatMap { error in floor.flatMap { $0 > 0 ? error / $0 : nil } },
        leastScale: step.plateau.map { step.scales[$0.lowerBound].scale },
        greatestScale: step.plateau.map { step.scales[$0.upperBound].scale },
        bestScale: step.best.map { step.scales[$0].scale },
        headroom: step.headroom,
        isWindowEmpty: ends.map { $0.least.least > $0.greatest.greatest },
        losslessAgree: step.losslessAgree),
      scales: step.scales.enumerated().map { index, row in
        ScaleResults(
          scale: row.scale, regime: step.regime(index), error: row.error,
          cosine: row.overflowed == nil ? row.gradients.cosine : nil, range: row.range,
          recovery: row.recovery, overflowed: row.overflowed, digest: row.digest)
      }, tensors: step.tensors)
  }
}
