// SPDX-License-Identifier: Apache-2.0
import Tables

/// The tables of a study: every point, means over seeds, differences between policies, as CSV and
/// for LaTeX.
package struct StudyTables {
  let result: StudyResult

  /// The tables of a result.
  package init(_ result: StudyResult) { self.result = result }

  /// A row for each point and policy, the reference first.
  package var points: Table {
    var table = Table(
      columns: ["point"] + axisColumns(result.axes) + ["policy", "status"]
        + StudyMetric.allCases.map(\.column))
    for point in result.points {
      for row in point.rows {
        table.append(
          [.text(point.name)] + cells(result.axes, point.indices)
            + [.text(row.policy), .text(row.status)]
            + StudyMetric.allCases.map { row[$0].cell })
      }
    }
    return table
  }

  /// A row for each group, policy and metric.
  var means: Table {
    var table = Table(
      columns: ["group"] + axisColumns(result.factors) + [
        "policy", "metric", "seeds", "missing", "mean", "standard_deviation", "lower_95",
        "upper_95",
      ])
    for row in result.means {
      for metric in StudyMetric.allCases {
        guard let mean = row.metrics[metric] else { continue }
        table.append(
          [.text(row.group.name)] + cells(result.factors, row.group.indices) + [
            .text(row.policy), .text(metric.column), .integer(Int64(mean.seeds)),
            .integer(Int64(mean.missing)), .number(mean.mean), mean.deviation.cell,
            mean.lower.cell, mean.upper.cell,
          ])
      }
    }
    return table
  }

  /// A row for each group, two policies and metric.
  var differences: Table {
    var table = Table(
      columns: ["group"] + axisColumns(result.factors) + [
        "first", "second", "metric", "seeds", "difference", "lower_95", "upper_95", "probability",
      ])
    for row in result.comparisons {
      for metric in StudyMetric.allCases {
        guard let difference = row.metrics[metric] else { continue }
        table.append(
          [.text(row.group.name)] + cells(result.factors, row.group.indices) + [
            .text(row.first), .text(row.second), .text(metric.column),
            .integer(Int64(difference.seeds)), .number(difference.mean), difference.lower.cell,
            difference.upper.cell, difference.probability.cell,
          ])
      }
    }
    return table
  }

  /// No axis may take the place of a column of the table's own.
  private func axisColumns(_ axes: [StudyResult.Axis]) -> [String] {
    let own =
      [
        "point", "group", "policy", "status", "metric", "first", "second", "seeds", "missing",
        "mean",
      ]
      + StudyMetric.allCases.map(\.column)
    return axes.map { own.contains($0.name) ? "list_\($0.name)" : $0.name }
  }

  private func cells(_ axes: [StudyResult.Axis], _ indices: [Int]) -> [Table.Cell] {
    zip(axes, indices).map { axis, index in
      let label = axis.labels[index]
      if let whole = Int64(label) { return .integer(whole) }
      return Double(label).map { .number($0) } ?? .text(label)
    }
  }
}

// MARK: - LaTeX

extension StudyTables {
  /// What tables for LaTeX have of what a study measured: as much as a page is wide.
  private static let printed: [StudyMetric] = [.gradientError, .lossDifference, .zeroed, .accuracy]

  private var printed: [StudyMetric] { Self.printed.filter(result.metrics.contains) }

  /// A `tabular` of means with half their intervals; needs no package.
  var meansTeX: String {
    let metrics = printed
    let rows = result.means.map { row in
      label(row.group) + [Escaping.tex(row.policy)]
        + metrics.map { metric in
          row.metrics[metric].map { Self.number($0.mean, $0.half, metric) } ?? "--"
        }
    }
    return tabular(
      "Means over \(result.seedCount) seeds and half their intervals at 95 % (Student's t)",
      ["policy"] + metrics.map(heading), rows, texts: result.factors.count + 1)
  }

  /// A `tabular` of paired differences with half their intervals.
  var differencesTeX: String {
    let metrics = printed
    let rows = result.comparisons.filter { $0.first != result.reference }.map { row in
      label(row.group) + [
        "\(Escaping.tex(row.first)) $-$ \(Escaping.tex(row.second))"
      ]
        + metrics.map { metric in
          row.metrics[metric].map {
            Self.number($0.mean, $0.upper.flatMap { [mean = $0.mean] in $0 - mean }, metric)
          } ?? "--"
        }
    }
    return tabular(
      "Paired differences over \(result.seedCount) seeds and half their intervals at 95 %",
      ["policies"] + metrics.map(heading), rows, texts: result.factors.count + 1)
  }

  private func label(_ group: StudyResult.Group) -> [String] {
    zip(result.factors, group.indices).map { Escaping.tex($0.labels[$1]) }
  }

  private func heading(_ metric: StudyMetric) -> String {
    let unit = metric.axis(lossUnit: result.lossUnit).unit
    return unit == "1" ? metric.title : "\(metric.title) [\(unit)]"
  }

  private func tabular(
    _ comment: String, _ headings: [String], _ rows: [[String]], texts: Int
  ) -> String {
    let all = result.factors.map(\.name) + headings
    let form =
      String(repeating: "l", count: texts) + String(repeating: "r", count: all.count - texts)
    let lines =
      [
        "% \(comment). Take it with \\input; it needs no package.",
        "\\begin{tabular}{\(form)}", "\\hline",
        all.map(Escaping.tex).joined(separator: " & ") + " \\\\", "\\hline",
      ] + rows.map { $0.joined(separator: " & ") + " \\\\" } + ["\\hline", "\\end{tabular}"]
    return lines.joined(separator: "\n") + "\n"
  }

  /// `$1.23 \pm 0.04$`, or both times a power of ten.
  static func number(_ mean: Double, _ half: Double?, _ metric: StudyMetric) -> String {
    let (mean, half) = (mean * metric.factor, half.map { $0 * metric.factor })
    let size = max(mean.magnitude, half ?? 0)
    guard size > 0, let exponent = ReadableNumber.decimal(size, digits: 3)?.exponent else {
      return "$0$"
    }
    let isPlain = (-2...4).contains(exponent)
    let shift = isPlain ? 0 : exponent
    let digits = isPlain ? max(0, 2 - exponent) : 2
    func part(_ x: Double) -> String {
      ReadableNumber.fixed(ReadableNumber.scaled(x, byPowerOfTen: -shift), digits: digits)
    }
    let body = half.map { "\(part(mean)) \\pm \(part($0))" } ?? part(mean)
    if isPlain { return "$\(body)$" }
    return half == nil
      ? "$\(body) \\times 10^{\(exponent)}$" : "$(\(body)) \\times 10^{\(exponent)}$"
  }
}

extension Double? {
  /// A cell of a table; nothing where there is no figure.
  fileprivate var cell: Table.Cell { map { .number($0) } ?? .missing }
}
