// SPDX-License-Identifier: Apache-2.0
import Measurements
import Reports
import Tables
import Words

/// The result of `scalers` in every output format.
struct ScalerOutput: Presentable {
  /// What each rule makes of the trace, as a report.
  let report: ScalerReport
  /// Where the report's page is; nil where none was written.
  var page: String?

  private var courses: [ScalerCourse] { report.courses }

  func text(for terminal: Terminal) -> String {
    let failed = courses.contains { $0.failedAt != nil }
    var lines = terminal.wrapped(Echo.plain(report.verdict.replacing("`", with: ""))).map {
      terminal.styled($0, failed ? .yellow : .green)
    }
    lines += [""]
    lines += terminal.aligned(
      [["rule", "first", "last", "least", "greatest", "skip", "kept", "error at"]],
      courses.map { course in
        [
          course.rule, ScalerReport.text(course.changes[0].scale),
          ScalerReport.text(course.final), ScalerReport.text(course.least),
          ScalerReport.text(course.greatest), "\(course.skipped)", "\(course.forgiven)",
          course.failedAt.map(String.init) ?? "-",
        ]
      })
    lines += [""]
    lines += terminal.wrapped(
      "skip: steps that are not taken, those after an error included. kept: overflows that leave "
        + "the scale as it is.")
    lines += [""] + terminal.wrapped(ScalerReport.note.replacing("`", with: ""))
    if let page { lines.append("Report: \(Echo.plain(page))") }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A row for each rule and change of its scale.
  var table: Table { report.table }

  /// What was asked.
  struct Configuration: Encodable {
    var trace: String
    var steps: Int
    var overflows: Int
  }

  var document: any Encodable {
    ResultDocument(
      schema: "halfway/scalers/1",
      configuration: Configuration(
        trace: report.trace, steps: report.steps, overflows: report.overflows),
      results: courses.map(Row.init))
  }

  /// What a rule makes of the trace.
  struct Row: Encodable {
    var rule: String
    var description: String
    var final: Double
    var least: Double
    var greatest: Double
    var skipped: Int
    var forgiven: Int
    var failedAt: Int?
    var changes: [ScalerCourse.Change]

    init(_ course: ScalerCourse) {
      (rule, description) = (course.rule, course.description)
      (final, least, greatest) = (course.final, course.least, course.greatest)
      (skipped, forgiven, failedAt) = (course.skipped, course.forgiven, course.failedAt)
      changes = course.changes
    }
  }
}
