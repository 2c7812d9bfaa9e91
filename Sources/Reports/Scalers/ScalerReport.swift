// SPDX-License-Identifier: Apache-2.0
import Measurements
import Tables

/// The report on what rules of loss scaling make of one trace of overflows.
package struct ScalerReport: Sendable {
  /// The trace in words, as it was given.
  package let trace: String
  /// The number of its steps.
  package let steps: Int
  /// The number of those that overflow.
  package let overflows: Int
  /// What each rule makes of it, in the order asked for.
  package let courses: [ScalerCourse]
  /// How the report was made.
  package let context: ReportContext

  /// The report on some courses.
  package init(
    trace: String, steps: Int, overflows: Int, courses: [ScalerCourse], context: ReportContext
  ) {
    self.trace = trace
    self.steps = steps
    self.overflows = overflows
    self.courses = courses
    self.context = context
  }

  /// What follows, in one sentence.
  package var verdict: String {
    let count = ReadableNumber.grouped(UInt64(steps))
    let opening =
      "\(count) step\(steps == 1 ? "" : "s"), \(ReadableNumber.grouped(UInt64(overflows))) of them "
      + "with an overflow: "
    let failed = courses.filter { $0.failedAt != nil }
    let ends = courses.map(\.final).filter(\.isFinite)
    guard let least = ends.min(), let greatest = ends.max() else { return opening + "no rule." }
    let range =
      least == greatest
      ? "every scale ends at \(Self.text(least))"
      : "scales end between \(Self.text(least)) and \(Self.text(greatest))"
    let stops =
      failed.isEmpty
      ? "no framework raises an error"
      : Verdict.enumeration(failed.map { "`\($0.rule)`" })
        + " raise\(failed.count == 1 ? "s" : "") an error"
    return opening + range + "; " + stops + "."
  }

  /// A scale as people write it.
  package static func text(_ scale: Double) -> String {
    if scale == 0 { return "0" }
    return scale.isFinite ? LossScaleFindings.text(scale) : "infinity"
  }

  /// What the trace leaves out.
  package static let note =
    "The overflows are the same for every rule: whether a step would have overflowed under a rule's "
    + "own scale is not asked. `halfway sweep loss-scale` and `halfway train --loss-scaling` ask that."

  /// A row for each rule and change of its scale.
  package var table: Table {
    var table = Table(columns: ["rule", "step", "scale"])
    for course in courses {
      for change in course.changes {
        table.append([
          .text(course.rule), .integer(Int64(change.step)), .number(change.scale),
        ])
      }
    }
    return table
  }

  /// The scales over the steps, a panel for each rule; nil without a scale that can be drawn.
  var figure: LineChart? {
    let panels = courses.enumerated().compactMap { index, course -> LineChart.Panel? in
      var points = course.changes.map { LineChart.Point(Double($0.step), $0.scale) }
      points.append(.init(Double(max(steps + 1, 2)), course.final))
      guard points.contains(where: { $0.y.isFinite && $0.y > 0 }) else { return nil }
      return LineChart.Panel(
        course.rule + (course.failedAt.map { ": error at step \($0)" } ?? ""),
        axis: Axis("loss scale", unit: "1", scale: .log2),
        series: [
          .init(
            "", style: .compared(course.failedAt == nil ? 1 : 3), shape: .step,
            points: points)
        ])
    }
    guard !panels.isEmpty else { return nil }
    return LineChart(
      name: "scales", title: "The loss scale of each rule over the same overflows",
      summary: "Logarithmic; a scale of 0 or infinity is a gap. \(Self.note)",
      x: Axis("step", unit: "number", isWhole: true), panels: panels, columns: 2, plotHeight: 110)
  }

  /// The report's files but for its document: index.html, data/*.csv, figures/*.svg and *.tex.
  package func files() -> [ReportFile] {
    let figure = figure
    return [
      ReportFile(path: "index.html", text: page(figure)),
      ReportFile(path: "data/changes.csv", text: table.csv),
    ] + (figure.map { ReportFile.files(of: $0) } ?? [])
  }

  /// The paths that a report of this kind need not have.
  package var possiblePaths: Set<String> {
    ["data/scales.csv", "figures/scales.svg", "figures/scales.tex"]
  }

  private func page(_ figure: LineChart?) -> String {
    HTMLPage(
      label: "Halfway scalers", title: "\(courses.count) rules of loss scaling on one trace",
      question:
        "What does each framework's rule make of the steps `\(trace.replacing("`", with: "'"))`?",
      verdict: verdict, holds: !courses.contains { $0.failedAt != nil }, findings: [],
      sections: [
        Markup.Section(
          "Where do the scales go?", id: "scales",
          content: rules.markup + (figure.map { Markup.figure($0, number: 1) } ?? "")),
        Markup.Section(
          "How to make it again", id: "again",
          content: "<pre>\(Escaping.markup(context.command))</pre>\n"
            + Markup.definitions(
              [("tool", context.tool)] + context.environment.map { ($0.name, $0.value) })
            + "<p class=\"files\">Everything above as data: <a href=\"scalers.json\">scalers.json</a>, "
            + "<a href=\"data/changes.csv\">every change</a></p>\n"),
      ], footer: "Written by \(context.tool)."
    ).markup
  }

  private var rules: HTMLTable {
    HTMLTable(
      caption:
        "What each rule does. Skipped: steps that are not taken, those after an error included; "
        + "forgiven: overflows that leave the scale as it is.",
      headings: ["rule", "first", "last", "least", "greatest", "skipped", "forgiven", "ends"],
      rows: courses.map { course in
        [
          .code(course.rule), .text(Self.text(course.changes[0].scale)),
          .text(Self.text(course.final)), .text(Self.text(course.least)),
          .text(Self.text(course.greatest)), .count(UInt64(course.skipped)),
          .count(UInt64(course.forgiven)),
          course.failedAt.map { .warning("error at step \($0)") } ?? .text("goes on"),
        ]
      })
  }
}
