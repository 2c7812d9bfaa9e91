// SPDX-License-Identifier: Apache-2.0
import Reports
import Tables
import Words

/// The result of a study in every output format.
struct StudyOutput: Presentable {
  /// What was measured, as a report.
  let report: StudyReport
  /// The keys that lead to each axis in the file.
  let paths: [String]
  /// What may differ between two runs.
  var run: RunRecord?
  /// Where the report's page is.
  var page: String?

  private var result: StudyResult { report.result }
  private var findings: StudyFindings { StudyFindings(result) }

  /// Rows beyond these are left to data/means.csv.
  private static let mostRows = 48

  func text(for terminal: Terminal) -> String {
    func prose(_ sentence: String) -> [String] {
      terminal.wrapped(Echo.plain(sentence.replacing("`", with: "")))
    }
    var lines = result.question.isEmpty ? [] : prose(result.question) + [""]
    lines += prose(findings.verdict).map { terminal.styled($0, findings.holds ? .green : .yellow) }
    for detail in findings.details { lines += prose(detail) }
    let metrics = result.metrics.filter {
      [.gradientError, .lossDifference, .zeroed, .lostUpdates].contains($0)
    }
    let means = result.means.filter { $0.policy != result.reference }
    lines += [""]
    lines += terminal.aligned(
      [
        [""] + metrics.flatMap { [Self.heading($0).0, ""] },
        [(result.factors.map(\.name) + ["policy"]).joined(separator: " ")]
          + metrics.flatMap { [Self.heading($0).1, "\u{b1}"] },
      ],
      means.prefix(Self.mostRows).map { row in
        [label(row)]
          + metrics.flatMap { metric -> [String] in
            let mean = row.metrics[metric]
            return [Self.text(mean?.mean, metric), Self.text(mean?.half, metric)]
          }
      })
    if means.count > Self.mostRows {
      lines.append("and \(means.count - Self.mostRows) more rows in data/means.csv")
    }
    lines += [""]
    lines += prose(
      "Means over \(result.seedCount) seed\(result.seedCount == 1 ? "" : "s"); "
        + "\u{b1}: half of the mean's interval at 95 %. Shares in percent.")
    if let run {
      lines.append(
        "took \(Progress.duration(run.seconds)) on \(run.threads) "
          + (run.threads == 1 ? "thread" : "threads"))
    }
    if let page { lines.append("Report: \(Echo.plain(page))") }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The values of a row's lists and its policy: `64 fp16-amp`.
  private func label(_ row: StudyMeans) -> String {
    (zip(result.factors, row.group.indices).map { $0.labels[$1] } + [row.policy])
      .joined(separator: " ")
  }

  private static func heading(_ metric: StudyMetric) -> (String, String) {
    switch metric {
    case .gradientError: ("gradient", "error")
    case .lossDifference: ("loss", "diff.")
    case .zeroed: ("zeroed", "%")
    default: ("lost", "%")
    }
  }

  private static func text(_ value: Double?, _ metric: StudyMetric) -> String {
    let isShare = metric == .zeroed || metric == .lostUpdates
    return value.map { ReadableNumber.significant($0 * (isShare ? 100 : 1), digits: 2) } ?? "-"
  }

  var table: Table { StudyTables(result).points }

  // MARK: - The document

  /// What was asked.
  struct Configuration: Encodable {
    struct Axis: Encodable {
      var name: String
      var path: String
      var values: [String]
      var numbers: [Double]?
    }
    var name: String
    var question: String
    var axes: [Axis]
    var points: Int
    var seeds: Int
    var reference: String
    var policies: [String]
    var lossUnit: String
  }

  /// What was found.
  struct StudyMeasurements: Encodable {
    struct Point: Encodable {
      var point: String
      var values: [String]
      var policies: [StudyResult.Row]
    }
    struct Means: Encodable {
      var group: String
      var policy: String
      var metrics: [String: StudyMean]
    }
    struct Differences: Encodable {
      var group: String
      var first: String
      var second: String
      var metrics: [String: StudyDifference]
    }
    var points: [Point]
    var means: [Means]
    var differences: [Differences]
  }

  var document: any Encodable {
    ResultDocument(
      schema: "halfway/study/1", configuration: configuration, results: results,
      timing: run.map { .init(started: $0.started, seconds: $0.seconds) })
  }

  private var configuration: Configuration {
    Configuration(
      name: result.name, question: result.question,
      axes: zip(result.axes, paths).map {
        .init(name: $0.name, path: $1, values: $0.labels, numbers: $0.numbers)
      }, points: result.points.count, seeds: result.seedCount, reference: result.reference ?? "",
      policies: Array(result.policies.dropFirst()), lossUnit: result.lossUnit)
  }

  private var results: StudyMeasurements {
    func named<Value>(_ metrics: [StudyMetric: Value]) -> [String: Value] {
      Dictionary(metrics.map { ($0.rawValue, $1) }) { first, _ in first }
    }
    return StudyMeasurements(
      points: result.points.map { point in
        .init(
          point: point.name, values: zip(result.axes, point.indices).map { $0.labels[$1] },
          policies: point.rows)
      },
      means: result.means.map {
        .init(group: $0.group.name, policy: $0.policy, metrics: named($0.metrics))
      },
      differences: result.comparisons.map {
        .init(
          group: $0.group.name, first: $0.first, second: $0.second, metrics: named($0.metrics))
      })
  }
}
