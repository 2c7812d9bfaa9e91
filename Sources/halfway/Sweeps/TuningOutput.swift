// SPDX-License-Identifier: Apache-2.0
import Costs
import Measurements
import Reports
import Tables
import Words

/// The result of `tune` in every output format.
struct TuningOutput: Presentable {
  /// What was found, as a report.
  let report: TuningReport
  /// The machine of time and energy.
  let machine: Machine
  /// Where the report's page is; nil where none was written.
  var page: String?
  /// What may differ between two runs.
  var run: RunRecord?

  private var tuning: Tuning { report.tuning }

  func text(for terminal: Terminal) -> String {
    func prose(_ sentence: String) -> [String] {
      terminal.wrapped(Echo.plain(sentence.replacing("`", with: "")))
    }
    let configuration = tuning.configuration
    let findings = report.findings
    var lines = prose(
      "\(configuration.model): \(configuration.architecture); \(configuration.parameters) weights, "
        + "batch \(configuration.batch), seed \(configuration.seed)")
    lines += [""]
    lines += prose(findings.verdict).map {
      terminal.styled($0, tuning.keepsBounds ? .green : .red)
    }
    for detail in findings.details { lines += prose(detail) }
    if !tuning.path.isEmpty {
      lines += [""] + terminal.aligned([Self.header], rows)
      lines += [""]
      lines += prose(
        "The policies that the search went on from, and every layer in one format. memory: exact by "
          + "shapes and formats. time on \(machine.name) and energy: modelled. error: relative L2 of "
          + "all weight gradients: of a change on the way the worst of the search's moments, of one "
          + "format and of the result the worst of all.")
    }
    if let run {
      lines.append(
        "took \(Progress.duration(run.seconds)) on \(run.threads) "
          + (run.threads == 1 ? "thread" : "threads"))
    }
    if let page {
      lines.append("Report: \(Echo.plain(page))")
      if tuning.cost != nil {
        let path = page.replacing("index.html", with: TuningReport.policyPath)
        lines.append("Policy: \(Echo.plain(path))")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static let header = ["policy", "kB", "\u{b5}s", "\u{b5}J", "error", "holds"]

  private var rows: [[String]] {
    func row(_ name: String, _ cost: CostCount, _ error: Double?, _ holds: Bool) -> [String] {
      func number(_ value: Double?, _ digits: Int) -> String {
        value.map { ReadableNumber.significant($0, digits: digits) } ?? "-"
      }
      return [
        name, ReadableNumber.fixed(Double(cost.bytes) / 1000, digits: 1),
        number(cost.seconds.map { $0 * 1e6 }, 4), number(cost.joules.map { $0 * 1e6 }, 4),
        number(error, 3), holds ? "yes" : "no",
      ]
    }
    let uniform = tuning.uniform.map {
      row("\($0.format) throughout", $0.cost, $0.figures.gradientError, $0.holds)
    }
    let path = tuning.path.filter(\.isKept).map {
      row(short(TuningFindings.text($0)), $0.cost, $0.figures.gradientError, $0.holds)
    }
    let worst = tuning.moments.map { $0.figures.gradientError ?? .infinity }.max()
    let result = tuning.cost.map {
      [row("result", $0, worst.flatMap { $0.isFinite ? $0 : nil }, tuning.keepsBounds)]
    }
    return uniform + path + (result ?? [])
  }

  /// Changes in one line.
  private func short(_ text: String) -> String {
    text.count <= 36 ? text : text.prefix(35) + "\u{2026}"
  }

  var table: Table { report.table }

  /// What was asked.
  struct Configuration: Encodable {
    var training: TrainingConfiguration
    var objective: String
    var bounds: [String]
    var formats: [String]
    var machine: Machine
    var energies: EnergyTable
  }

  /// What was found.
  struct TuningResults: Encodable {
    var keepsBounds: Bool
    var cost: CostCount?
    var worst: Double?
    var choices: [TuningChoice]
    var moments: [TuningMoment]
    var heldOutRounds: Int
    var uniform: [UniformPolicy]
    var leftOut: [TuningOmission]
    var path: [TuningTrial]
    var stoppedAt: Int?
  }

  var document: any Encodable {
    let errors = tuning.moments.map(\.figures.gradientError)
    return ResultDocument(
      schema: "halfway/tune/1",
      configuration: Configuration(
        training: tuning.configuration, objective: tuning.objective, bounds: tuning.bounds,
        formats: tuning.formats, machine: machine, energies: .nm7),
      results: TuningResults(
        keepsBounds: tuning.keepsBounds, cost: tuning.cost,
        worst: errors.contains(nil) ? nil : errors.compactMap(\.self).max(),
        choices: tuning.choices, moments: tuning.moments, heldOutRounds: tuning.heldOutRounds,
        uniform: tuning.uniform, leftOut: tuning.leftOut, path: tuning.path,
        stoppedAt: tuning.stoppedAt),
      timing: run.map { .init(started: $0.started, seconds: $0.seconds) })
  }
}
