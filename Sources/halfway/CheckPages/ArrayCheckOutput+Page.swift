// SPDX-License-Identifier: Apache-2.0
import KernelChecks
import Reports
import Words

extension ArrayCheckOutput: PagedCheck {
  var subject: KernelSubject { work.configuration.subject }

  private var formats: String {
    let configuration = work.configuration
    return configuration.format == configuration.resultFormat
      ? configuration.format : "\(configuration.format) to \(configuration.resultFormat)"
  }

  var heading: String {
    "`\(Self.code(Echo.path(subject.name)))`: \(work.configuration.operation.rawValue) in \(formats)"
  }

  var question: String {
    "Does the kernel keep to \(work.configuration.criterion.text) beside the exact values, and does "
      + "it do nothing that no kernel may?"
  }

  var facts: [(term: String, meaning: String)] {
    let configuration = work.configuration
    var facts: [(term: String, meaning: String)] = [
      ("operation", "\(configuration.operation.rawValue) in \(formats)"),
      (
        "cases",
        "\(count.cases.count), \(UInt64(count.results).groupedDigits) results, seed "
          + "\(configuration.seed)"
      ), ("criterion", "\(configuration.criterion.text): \(criterionSentence)"),
      ("not nearest", "\(UInt64(count.misrounded).groupedDigits) results"),
    ]
    if !configuration.arguments.isEmpty {
      let texts = configuration.arguments.sorted { $0.key < $1.key }
        .map { "`\(Self.code($0.key))=\(Self.code($0.value.text))`" }
      facts.append(("arguments", texts.joined(separator: ", ")))
    }
    return facts
  }

  private var criterionSentence: String {
    let accumulator = work.configuration.criterion.accumulator.id
    return switch work.configuration.criterion.demand {
    case .bound(nil):
      "errors at most what the rounding of sums in \(accumulator) can cost in any order"
    case .bound: "errors at most what the rounding of sums in \(accumulator) can cost in this order"
    case .scaled: "no scaled error is larger"
    case .correctlyRounded: "every result is the exact value, rounded to nearest even"
    }
  }

  func findings(stem: String) -> [CheckPiece] {
    var pieces: [CheckPiece] = []
    if !count.findings.isEmpty {
      let table = HTMLTable(
        caption: "Each with its case; cases stand in the order of their sizes.",
        headings: ["what", "case", "what is known of it"],
        rows: count.findings.map {
          [.warning($0.kind.text), .code($0.text), .text($0.detail)]
        })
      pieces.append(CheckPiece("What no kernel may do", id: "misdeeds", [.markup(table.markup)]))
    }
    guard !count.cases.isEmpty else { return pieces }
    pieces.append(
      CheckPiece("How large the errors are", id: "errors", [.drawing(strips(stem))]))
    pieces.append(CheckPiece("Case by case", id: "cases", caseTables))
    if let identification {
      let tree = identification.tree.flatMap { tree in
        // A chain is told in words.
        tree.depth < identification.terms - 1 ? tree.drawing(lines: 24) : nil
      }
      pieces.append(
        CheckPiece(
          "What it does inside sums of \(identification.terms) terms", id: "inside",
          [
            .markup(
              Markup.list(identification.text)
                + (tree.map { "<pre>\(Escaping.markup($0))</pre>\n" } ?? ""))
          ]))
    }
    return pieces
  }

  /// Failing cases that are shown beside the folded ones.
  private static let mostFailing = 12
  /// More cases than these are folded on a screen.
  private static let mostUnfolded = 20

  private var caseTables: [CheckPiece.Content] {
    let scale =
      "Errors are scaled: |result - exact value| less half an ulp of the result, in units of the "
      + "accumulator's roundoff times the sum of magnitudes. The cosine is told, never judged."
    let all = table(of: count.cases, caption: scale).markup
    guard count.cases.count > Self.mostUnfolded else { return [.markup(all)] }
    let failing = count.cases.filter { $0.verdict != .holds }
      .sorted { ($1.distance, $0.index) < ($0.distance, $1.index) }.prefix(Self.mostFailing)
    let worst = table(
      of: Array(failing),
      caption: "Cases that do not hold, those farthest beyond their limits first.")
    return [
      .markup(failing.isEmpty ? "" : worst.markup),
      .markup(Markup.folded("All \(count.cases.count) cases", all)),
    ]
  }

  private func table(of cases: [ArrayCaseResult], caption: String) -> HTMLTable {
    HTMLTable(
      caption: caption,
      headings: [
        "case", "", "results", "not nearest", "scaled error", "limit", "normwise", "cosine",
      ],
      rows: cases.map { result in
        [
          .code(result.text),
          result.verdict == .holds
            ? .text("holds") : .warning(Self.word(of: result.verdict)),
          .count(UInt64(result.results)), .count(UInt64(result.misrounded)),
          CheckPage.error(
            result.verdict == .uncomputed ? nil : result.scaledError, infinite: "infinite"),
          result.limit == nil && result.verdict == .unjudged
            ? .text("bound void")
            : result.demandsNearest ? .text("nearest") : .number(result.limit),
          .number(result.normwise), .number(result.cosine, digits: 6),
        ]
      })
  }

  private static func word(of verdict: ArrayCaseResult.Verdict) -> String {
    switch verdict {
    case .holds: "holds"
    case .fails: "fails"
    case .unjudged: "not judged"
    case .uncomputed: "no results"
    }
  }

  /// The scaled errors over their limits, or themselves where there are none, by the data's kind.
  private func strips(_ stem: String) -> StripChart {
    let limited = count.cases.filter { $0.limit?.isFinite ?? false }
    let isLimited = !limited.isEmpty
    let drawn = (isLimited ? limited : count.cases).filter { $0.verdict != .uncomputed }
    var groups: [StripChart.Group] = []
    for kind in ArrayData.allCases {
      let points = drawn.filter { work.cases[$0.index].data == kind }.map { result in
        StripChart.Point(
          isLimited ? result.part : result.scaledError, isAlarm: result.verdict == .fails)
      }
      if !points.isEmpty { groups.append(StripChart.Group(kind.rawValue, points: points)) }
    }
    let rest = count.cases.count - drawn.count
    let what = isLimited ? "scaled error over its limit" : "scaled error"
    return StripChart(
      name: "\(stem)-errors", title: "The \(what) of each case, by kind of data",
      summary: "A point is a case, in a strip from the least shape above to the largest below"
        + (drawn.contains { $0.verdict == .fails } ? "; a cross is one that fails" : "") + "."
        + (drawn.contains { $0.scaledError.isInfinite }
          ? " Right of the axis: a NaN or an infinity is wrong." : "")
        + (rest > 0
          ? " \(rest) cases are not drawn: without results or a limit, or where sums are exact and every result has to be the nearest."
          : ""),
      axis: Axis(what, unit: isLimited ? "1" : "u S", scale: .log10), groups: groups,
      mark: isLimited ? (1, "limit") : nil)
  }

  var lines: [(purpose: String, line: String)] {
    let reproduction = reproduction
    var lines = [("The whole check:", reproduction.line)]
    if let worst = count.worst {
      lines.append(("The case that says most:", reproduction.line(of: worst.text)))
    }
    for finding in count.findings.prefix(3) {
      lines.append(("The \(finding.kind.text) alone:", reproduction.line(of: finding.text)))
    }
    return lines
  }
}

extension ArrayCaseResult {
  /// How far it is from what it should be, in limits; without results or limit farthest.
  fileprivate var distance: Double { part.isNaN || verdict == .uncomputed ? .infinity : part }
}
