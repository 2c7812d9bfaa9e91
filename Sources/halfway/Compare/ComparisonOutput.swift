// SPDX-License-Identifier: Apache-2.0
import Conditions
import Formats
import Foundation
import Tables
import Words

/// The result of `compare` in every output format.
struct ComparisonOutput: Presentable {
  let result: ComparisonResult

  private var difference: DocumentDifference { result.difference }

  /// The most changes of each judgement that are told in text.
  private static let mostShown = 20
  /// What is told first.
  private static let order: [LeafJudgement] = [
    .worse, .better, .undecidable, .withinNoise, .changed,
  ]

  func text(for terminal: Terminal) -> String {
    let colour: Emphasis =
      switch result.verdict {
      case .same, .withinNoise, .better: .green
      case .changed, .undecidable: .yellow
      case .worse: .red
      }
    var lines = terminal.wrapped(sentence).map { terminal.styled($0, colour) } + [""]
    lines += terminal.wrapped(Echo.path(result.before.path), label: "  before  ")
    lines += terminal.wrapped(Echo.path(result.after.path), label: "  after   ")
    for (condition, outcome) in result.conditions {
      let end = outcome.holds ? "holds: \(outcome.sentence)" : "does not hold"
      lines += terminal.wrapped(
        Echo.plain("--fail-on '\(condition.text)' \(end)"), label: "  ")
    }
    for judgement in Self.order {
      let changes = difference.changes.filter { $0.judgement == judgement }
      guard !changes.isEmpty else { continue }
      lines += ["", terminal.styled(Self.title(judgement, difference.count(judgement)), .bold)]
      for change in changes.prefix(Self.mostShown) {
        lines += terminal.wrapped(Echo.path(change.path), label: "  ")
        lines += terminal.wrapped(Self.figures(change), label: "      ")
      }
      let rest = difference.count(judgement) - min(changes.count, Self.mostShown)
      if rest > 0 { lines.append("  \(UInt64(rest).groupedDigits) more: --export FILE.csv") }
    }
    return lines.map(\.trimmingTrailingSpaces).joined(separator: "\n") + "\n"
  }

  private static func title(_ judgement: LeafJudgement, _ count: Int) -> String {
    let number = UInt64(count).groupedDigits
    return switch judgement {
    case .worse: "worse (\(number))"
    case .better: "better (\(number))"
    case .withinNoise: "within noise (\(number))"
    case .undecidable: "figures under different configurations, not judged (\(number))"
    case .changed: "changed, without a better and a worse (\(number))"
    }
  }

  /// Such as `12, was 10: 2 more, 1.2 times; has to be equal`.
  private static func figures(_ change: LeafChange) -> String {
    var text = "\(change.after?.text ?? "nothing"), was \(change.before?.text ?? "nothing")"
    var parts: [String] = []
    if let difference = change.difference {
      let isLess = difference.isLess(than: DocumentNumber(0 as UInt64))
      let amount = isLess ? difference.negated : difference
      parts.append("\(short(amount)) \(isLess ? "less" : "more")")
    }
    if let ratio = change.ratio.map({ String(format: "%.4g", $0) }), ratio != "1" {
      parts.append("\(ratio) times")
    }
    if !parts.isEmpty { text += ": " + parts.joined(separator: ", ") }
    return text + (change.note.map { "; \($0)" } ?? "")
  }

  private static func short(_ number: DocumentNumber) -> String {
    number.whole == nil ? String(format: "%.4g", number.double) : number.description
  }

  /// The answer in one sentence.
  var sentence: String {
    func count(_ judgement: LeafJudgement) -> String {
      UInt64(difference.count(judgement)).groupedDigits
    }
    let figures = "\(UInt64(difference.figures).groupedDigits) figures"
    let schema = Echo.word(result.after.schema)
    return switch result.verdict {
    case .same: "The same: no value of these two \(schema) differs."
    case .withinNoise:
      "The same within noise: \(count(.withinNoise)) of \(figures) differ, none by more."
    case .changed:
      "Changed: \(count(.changed)) values differ, and none of \(figures) is better or worse."
    case .better: "Better: \(count(.better)) of \(figures), and none worse."
    case .worse:
      "Worse: \(count(.worse)) of \(figures); "
        + (difference.count(.better) == 0 ? "none better." : "\(count(.better)) better.")
    case .undecidable:
      "Undecidable because the configurations differ in "
        + Echo.line(difference.configurationDifferences.joined(separator: ", ")) + "."
    }
  }

  var table: Table {
    func cell(_ value: LeafValue?) -> Table.Cell {
      switch value?.value {
      case nil, .null?: return .missing
      case .flag(let flag)?: return .flag(flag)
      case .number(let number)?: return cell(number)
      case .text(let text)?: return .text(text)
      case let other?: return .text(other.summary)
      }
    }
    func cell(_ number: DocumentNumber?) -> Table.Cell {
      guard let number else { return .missing }
      guard let whole = number.whole else { return .number(number.double) }
      return UInt64(exactly: whole).map { .count($0) } ?? .integer(Int64(clamping: whole))
    }
    return Table(
      columns: ["judgement", "path", "before", "after", "difference", "ratio", "note"],
      rows: Self.order.flatMap { judgement in
        difference.changes.filter { $0.judgement == judgement }
      }.map { change in
        [
          .text(change.judgement.rawValue), .text(change.path), cell(change.before),
          cell(change.after), cell(change.difference),
          change.ratio.map { .number($0) } ?? .missing, change.note.map { .text($0) } ?? .missing,
        ]
      })
  }

  var document: any Encodable {
    ResultDocument(
      schema: "halfway/comparison/1", configuration: ComparisonDocument.Asked(result),
      results: ComparisonDocument(result))
  }
}
