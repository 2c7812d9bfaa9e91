// SPDX-License-Identifier: Apache-2.0
import Measurements
import Reports
import Tables
import Words

/// The result of `attribute` in every output format.
struct AttributionOutput: Presentable {
  /// What was found, as a report.
  let report: AttributionReport
  /// Where the report's page is; nil where none was written.
  var page: String?
  /// What may differ between two runs.
  var run: RunRecord?

  private var attribution: Attribution { report.attribution }

  func text(for terminal: Terminal) -> String {
    func prose(_ sentence: String) -> [String] {
      terminal.wrapped(Echo.plain(sentence.replacing("`", with: "")))
    }
    let configuration = attribution.configuration
    var lines = prose(
      "\(configuration.model): \(configuration.architecture); \(configuration.parameters) weights, "
        + "batch \(configuration.batch), seed \(configuration.seed)")
    for finding in report.findings {
      lines += [""]
      lines += prose(finding.verdict).map {
        terminal.styled($0, finding.step.error == nil ? .yellow : .green)
      }
      for detail in finding.details { lines += prose(detail) }
      if !finding.step.sources.isEmpty {
        lines += [""]
        lines += terminal.aligned(
          [["source", "share", "alone", "removed", "along"]],
          finding.step.sources.map { source in
            [AttributionFindings.text(source.source)]
              + [source.share, source.alone, source.removed, source.direction].map(percent)
          })
      }
      if !finding.step.layers.isEmpty {
        lines += [""]
        lines += terminal.aligned(
          [["layer", "share", "\u{b1}", "alone", "removed"]],
          finding.step.layers.map { layer in
            [layer.layer, percent(layer.share), layer.deviation.map(percent) ?? "-"]
              + [layer.alone, layer.removed].map(percent)
          })
      }
    }
    if attribution.steps.contains(where: { !$0.sources.isEmpty }) {
      lines += [""]
      lines += prose(
        "In percent of the squared error of all "
          + "\(attribution.steps[0].quantity == "updates" ? "weight updates" : "weight gradients"). "
          + "share: Shapley's value, these add up. alone: of the source by itself. removed: what is gone without it. along: its part "
          + "in the error's direction.")
    }
    if let run {
      lines.append(
        "took \(Progress.duration(run.seconds)) on \(run.threads) "
          + (run.threads == 1 ? "thread" : "threads"))
    }
    if let page { lines.append("Report: \(Echo.plain(page))") }
    return lines.joined(separator: "\n") + "\n"
  }

  private func percent(_ share: Double) -> String {
    let percent = share * 100
    return percent.magnitude >= 0.01
      ? ReadableNumber.significant(percent, digits: 2) : percent == 0 ? "0" : "~0"
  }

  var table: Table { report.table }

  /// What was asked.
  struct Configuration: Encodable {
    var training: TrainingConfiguration
    var policy: PolicyDescription
  }

  /// What was found.
  struct AttributionResults: Encodable {
    var steps: [AttributedStep]
    var stoppedAt: Int?
  }

  var document: any Encodable {
    ResultDocument(
      schema: "halfway/attribution/1",
      configuration: Configuration(
        training: attribution.configuration, policy: attribution.policy),
      results: AttributionResults(steps: attribution.steps, stoppedAt: attribution.stoppedAt),
      timing: run.map { .init(started: $0.started, seconds: $0.seconds) })
  }
}
