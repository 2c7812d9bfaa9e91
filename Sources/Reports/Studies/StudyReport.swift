// SPDX-License-Identifier: Apache-2.0

/// The report on a grid of experiments.
package struct StudyReport: Sendable {
  /// What was measured.
  package let result: StudyResult
  /// How the report was made.
  package let context: ReportContext

  /// The report on a result.
  package init(_ result: StudyResult, context: ReportContext) {
    self.result = result
    self.context = context
  }

  /// The folders of a report.
  package static let folders = ["data", "figures", "tables"]

  /// The report's files but for its document: index.html, study.csv, data/*.csv, figures/*.svg and
  /// *.tex, tables/*.tex.
  package func files() -> [ReportFile] {
    let (figures, tables) = (StudyFigures(result: result).all, StudyTables(result))
    return [
      ReportFile(path: "index.html", text: page(figures)),
      ReportFile(path: "study.csv", text: tables.points.csv),
      ReportFile(path: "data/means.csv", text: tables.means.csv),
      ReportFile(path: "data/differences.csv", text: tables.differences.csv),
      ReportFile(path: "tables/means.tex", text: tables.meansTeX),
      ReportFile(path: "tables/differences.tex", text: tables.differencesTeX),
    ] + figures.flatMap { ReportFile.files(of: $0) }
  }

  private func page(_ figures: [LineChart]) -> String {
    let findings = StudyFindings(result)
    let count = "\(result.points.count) point\(result.points.count == 1 ? "" : "s")"
    return HTMLPage(
      label: "Halfway study", title: "\(result.name): a study of \(count)",
      question: result.question.isEmpty
        ? "What do \(Verdict.enumeration((result.factors.isEmpty ? result.axes : result.factors).map(\.name))) change?"
        : result.question,
      verdict: findings.verdict, holds: findings.holds, findings: findings.details,
      sections: sections(figures), footer: "Written by \(context.tool)."
    ).markup
  }

  private func sections(_ figures: [LineChart]) -> [Markup.Section] {
    let drawn = figures.enumerated().map { Markup.figure($1, number: $0 + 1) }.joined()
    return [
      Markup.Section(
        "What does each list change?", id: "figures",
        content: drawn.isEmpty
          ? Markup.paragraph("No list but the seed's has numbers: there is no axis to draw.")
          : drawn),
      Markup.Section("Means", id: "means", content: meansMarkup),
      Markup.Section("Between policies", id: "differences", content: differencesMarkup),
      Markup.Section("Every point", id: "points", content: pointsMarkup),
      Markup.Section("How it was measured", id: "method", content: method),
      Markup.Section("How to make it again", id: "again", content: reproduction),
    ]
  }

  private var shown: [StudyMetric] {
    let columns: [StudyMetric] = [
      .gradientError, .localGradientError, .lossDifference, .zeroed, .accuracy,
    ]
    return columns.filter(result.metrics.contains)
  }

  private var compared: [StudyMetric] {
    shown.filter { [.gradientError, .lossDifference, .accuracy].contains($0) }
  }

  private func heading(_ metric: StudyMetric) -> String {
    let unit = metric.axis(lossUnit: result.lossUnit).unit
    return unit == "1" ? metric.title : "\(metric.title) [\(unit)]"
  }

  private func label(_ group: StudyResult.Group) -> String {
    let label = result.label(group)
    return label.isEmpty ? "all points" : label
  }

  private var meansMarkup: String {
    let rows = result.means.map { row in
      [.text(label(row.group)), .code(row.policy)]
        + shown.flatMap { metric -> [HTMLTable.Cell] in
          let mean = row.metrics[metric]
          return [
            .number(mean.map { $0.mean * metric.factor }),
            .number(mean?.half.map { $0 * metric.factor }, digits: 2),
          ]
        }
    }
    return HTMLTable(
      caption:
        "Means over \(result.seedCount) seed\(result.seedCount == 1 ? "" : "s") and half their "
        + "intervals at 95 %.",
      headings: ["", "policy"] + shown.flatMap { [heading($0), "\u{b1}"] }, rows: rows
    ).markup
      + Markup.files([("means for LaTeX", "tables/means.tex"), ("as data", "data/means.csv")])
  }

  private var differencesMarkup: String {
    let rows = result.comparisons.filter { $0.first != result.reference }.map { row in
      [.text(label(row.group)), .text("`\(row.first)` \u{2212} `\(row.second)`")]
        + compared.flatMap { metric -> [HTMLTable.Cell] in
          let difference = row.metrics[metric]
          return [
            .number(difference.map { $0.mean * metric.factor }),
            .number(
              difference.flatMap { one in one.upper.map { ($0 - one.mean) * metric.factor } },
              digits: 2),
            difference?.probability.map { .number($0, digits: 2) } ?? .none,
          ]
        }
    }
    guard !rows.isEmpty else { return Markup.paragraph("There is one policy.") }
    return HTMLTable(
      caption:
        "First less second on the same seed, the mean over seeds, half its interval at 95 %, and "
        + "the probability of as much by chance. No correction is made for how many are looked at.",
      headings: ["", "policies"] + compared.flatMap { [heading($0), "\u{b1}", "p"] }, rows: rows
    ).markup
      + Markup.files([
        ("differences for LaTeX", "tables/differences.tex"),
        ("as data, with the reference", "data/differences.csv"),
      ])
  }

  private var pointsMarkup: String {
    let rows = result.points.map { point -> [HTMLTable.Cell] in
      [.page(point.name, at: "points/\(point.name)/index.html")]
        + zip(result.axes, point.indices).map { .text($0.labels[$1]) }
        + result.policies.dropFirst().map { policy in
          let row = point.rows.first { $0.policy == policy }
          return row?.status == "diverged"
            ? .warning("diverged") : .number(row?[.gradientError])
        }
    }
    return HTMLTable(
      caption: "The gradient error of each policy; each point has a report of its own.",
      headings: ["point"] + result.axes.map(\.name) + result.policies.dropFirst().map { "`\($0)`" },
      rows: rows
    ).markup + Markup.files([("every point and policy as data", "study.csv")])
  }

  private var method: String {
    Markup.list(
      result.metrics.map { "\($0.title): \($0.meaning)." } + [
        "Means are over seeds of weights and batches alone; intervals are those of Student\u{2019}s t at "
          + "95 %, as for independent observations from a normal distribution.",
        "A policy that diverged has no figure of gradients, and its seeds are missing from the mean: "
          + "the column `missing` of data/means.csv counts them.",
        "Each point is an experiment by itself: `halfway run` on the resolved-experiment.json5 in its "
          + "folder gives the same figures, bit for bit.",
      ])
  }

  private var reproduction: String {
    let facts =
      [(term: "tool", meaning: context.tool)]
      + context.environment.map { (term: $0.name, meaning: $0.value) } + [
        (term: "started", meaning: context.run.started),
        (term: "duration", meaning: "\(ReadableNumber.fixed(context.run.seconds, digits: 1)) s"),
      ]
    return "<pre>\(Escaping.markup(context.command))</pre>\n" + Markup.definitions(facts)
      + Markup.files([
        ("everything as data", "study.json"), ("every point and policy", "study.csv"),
      ])
  }
}

extension Markup {
  /// Links to files beside the page.
  fileprivate static func files(_ links: [(text: String, path: String)]) -> String {
    "<p class=\"files\">"
      + links.map {
        "<a href=\"\(Escaping.markup($0.path))\">\(Escaping.markup($0.text))</a>"
      }.joined(separator: ", ") + "</p>\n"
  }
}

extension HTMLTable.Cell {
  /// A link to another page.
  fileprivate static func page(_ text: String, at path: String) -> HTMLTable.Cell {
    HTMLTable.Cell(
      markup: "<a href=\"\(Escaping.markup(path))\">\(Escaping.markup(text))</a>",
      isNumber: false, tone: .plain)
  }
}
