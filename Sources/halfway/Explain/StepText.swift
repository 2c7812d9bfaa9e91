// SPDX-License-Identifier: Apache-2.0
import Expressions
import Formats
import Foundation
import Words

/// A step for people: labelled lines in columns, at most as wide as the terminal.
struct StepText {
  let step: Step
  let terminal: Terminal

  private static let indent = 4
  private static let labelWidth = 10
  /// Bits shown of what is cut off; more would leave the line.
  private static let shownBits = 24

  private var margin: Int { StepText.indent + StepText.labelWidth }
  private var room: Int { terminal.width - margin }

  /// The longest text of an expression that is shown whole.
  private static let shownText = 200

  /// An expression's text, its middle left out where it is long.
  static func short(_ text: String) -> String { Echo.elided(text, to: shownText) }

  /// All lines.
  var lines: [String] {
    let target = step.isConversion ? " to \(step.format)" : ""
    let remark = isUneventful ? ", exact" : ""
    let title =
      "#\(step.number)".padding(to: StepText.indent) + StepText.short(step.title) + target + remark
    var lines = StepText.wrapped(title, to: terminal.width, margin: StepText.indent).map {
      terminal.styled($0, .bold)
    }
    let data = step.operands.map { ("#\($0.step)", Datum($0.bits, $0.format)) }
    let result = ("result", Datum(step.result, step.format))
    let isTight = (data + [result]).contains { !fits($0.1) }
    for (label, datum) in data { lines += row(label, datum, isTight: isTight) }
    if !isUneventful { lines += exactLines }
    lines += row(result.0, result.1, isTight: isTight, emphasis: .bold)
    if isUneventful { return lines }
    lines += labelled("flags", step.flags.words)
    if case .reduction(let outcome, _) = step.action {
      return lines + ReductionText(step: step, outcome: outcome, text: self).lines
    }
    lines += neighbourLines
    lines += noteLines
    if step.isDisputed { lines += disputeLines }
    return lines
  }

  /// Whether a conversion changes nothing: the result is all there is to say.
  private var isUneventful: Bool {
    guard step.isConversion, step.flags.isEmpty, !step.isDisputed else { return false }
    if case .number = step.exact { return step.isExact }
    return true
  }

  // MARK: Lines

  func labelled(_ label: String, _ text: String) -> [String] {
    let start = String(repeating: " ", count: StepText.indent)
    let name = label.padding(to: StepText.labelWidth)
    return StepText.wrapped(start + name + text, to: terminal.width, margin: margin)
  }

  private func fits(_ datum: Datum) -> Bool {
    datum.columns.count + 2 + datum.decimal.count <= room
  }

  private func row(
    _ label: String, _ datum: Datum, isTight: Bool, emphasis: Emphasis? = nil
  ) -> [String] {
    let start = String(repeating: " ", count: StepText.indent)
    let head = start + label.padding(to: StepText.labelWidth)
    let columns = emphasis.map { terminal.styled(datum.columns, $0) } ?? datum.columns
    if !isTight { return ["\(head)\(columns)  \(datum.decimal)"] }
    let blank = String(repeating: " ", count: margin)
    let decimal = blank + "= " + datum.decimal
    guard datum.columns.count <= room else {
      // The fields of FP64 fill a line of 80 columns.
      let first = "\(datum.encoding)  \(datum.hex)"
      return [head + (emphasis.map { terminal.styled(first, $0) } ?? first)]
        + StepText.wrapped(blank + datum.fields, to: terminal.width, margin: margin)
        + StepText.wrapped(decimal, to: terminal.width, margin: margin + 2)
    }
    return [(head + columns).trimmingTrailingSpaces]
      + StepText.wrapped(decimal, to: terminal.width, margin: margin + 2)
  }

  private var exactLines: [String] {
    switch step.exact {
    case .selected(let reason): return labelled("decision", reason)
    case .nan(let reason): return labelled("exact", "none: \(reason)") + defaultLines
    case .infinity(let isNegative, let reason):
      return labelled("exact", "\(isNegative ? "-" : "")infinity: \(reason)") + infinityLines
    case .number(let value):
      guard let cut = step.cut, let decision = step.decision else { return [] }
      var reason = decision.reason
      if let consequence = step.consequence { reason += "; " + consequence }
      let exact = labelled("exact", value.decimal)
      if value.isZero { return exact + labelled("decision", reason) }
      if value.isHuge {
        let bound = "2^1000 or more in magnitude, beyond every number of \(step.format)"
        return exact + labelled("binary", bound) + labelled("decision", reason)
      }
      let isCut = cut.lost != .exactlyZero && !step.isBeyondRange
      let lost = isCut ? labelled("cut off", cut.words) : []
      return exact + labelled("binary", binary(cut, value)) + lost
        + labelled("decision", reason)
    }
  }

  /// What stands for a value that does not exist.
  private var defaultLines: [String] {
    let delivered =
      step.format.isNaN(step.result)
      ? "a quiet NaN stands for it" : "\(step.format) has no NaN: its largest number"
    return labelled("decision", delivered)
  }

  /// What stands for an infinity that is not delivered.
  private var infinityLines: [String] {
    let parts = step.format.decode(step.result)
    if parts.isInfinite { return [] }
    let reason = step.format.hasInfinity ? "saturation" : "no infinity in \(step.format)"
    let delivered = parts.isNaN ? "NaN" : "the largest"
    return labelled("decision", "\(reason): \(delivered) delivered")
  }

  /// The kept digits, a bar, the digits cut off.
  private func binary(_ cut: Cut, _ value: ExactReal) -> String {
    let isIntegral = step.action.isRoundToIntegral && cut.unitExponent == 0
    let digits = String(cut.kept, radix: 2)
    let scale: String
    let kept: String
    if isIntegral {
      (kept, scale) = (digits, "")
    } else {
      let fraction = step.format.fractionBits
      let padded = digits.padding(to: fraction + 1, onTheLeftWith: "0")
      let point = fraction > 0 ? "." : ""
      kept = padded.prefix(1) + point + padded.dropFirst()
      scale = " x 2^\(cut.unitExponent + fraction)"
    }
    var lost = String(cut.lostBits, radix: 2).padding(to: 64, onTheLeftWith: "0")
    let isLong = cut.hasMore || cut.lostBits << UInt64(StepText.shownBits) != 0
    lost = isLong ? lost.prefix(StepText.shownBits) + "..." : lost.trimming(trailing: "0")
    let sign = value.isNegative ? "-" : ""
    return sign + kept + "|" + terminal.styled(lost, .cyan) + scale
  }

  private var neighbourLines: [String] {
    guard let pair = step.neighbours else { return [] }
    return [("below", pair.below), ("above", pair.above)].flatMap { label, neighbour in
      guard let neighbour else { return labelled(label, "none") }
      let datum = Datum(neighbour.bits, step.format)
      let hex = datum.hex.padding(to: step.format.widestHexText)
      let isFinite = step.format.decode(neighbour.bits).isFinite
      let unit = step.isBeyondRange ? "ulp of 2^\(step.ulpExponent)" : "ulp"
      let away =
        neighbour.distance.map { "\(Ulp.text($0)) \(unit) away" }
        ?? (isFinite ? "far away" : "infinitely far")
      let mark = !step.isExact && neighbour.bits == step.result ? ", delivered" : ""
      return labelled(label, "\(datum.encoding)  \(hex)  \(away)\(mark)")
    }
  }

  /// One rounding beside several, the chance of a stochastic one, Halfway's own function.
  private var noteLines: [String] {
    var lines: [String] = []
    if let chance = step.chance { lines += labelled("chance", chance.words) }
    if let once = step.once { lines += labelled("once", onceText(once)) }
    if let own = step.own {
      let datum = Datum(own.bits, step.format)
      let away = own.error.map { ", \(Ulp.text($0)) ulp away" } ?? ""
      let isSame =
        own.bits == step.result || step.format.isNaN(own.bits) && step.format.isNaN(step.result)
      let verdict = isSame ? "the same" : "another number"
      lines += labelled(
        "Halfway", "\(datum.encoding)  \(datum.hex)\(away): \(verdict)")
    }
    return lines
  }

  private func onceText(_ once: RoundedOnce) -> String {
    let by = once.operation.map { "as \($0) does, " } ?? ""
    guard once.result != step.result else {
      return "the whole rounded once, \(by)is the same"
    }
    let datum = Datum(once.result, step.format)
    let exact = StepText.short(once.exact.decimal)
    let away =
      once.error.map { $0 == 0 ? ", exact" : ", \(Ulp.text(abs($0))) ulp from \(exact)" } ?? ""
    let cause =
      step.composed.roundings == 1
      ? "double rounding" : "\(step.composed.roundings) roundings before this one"
    return "\(datum.encoding)  \(datum.hex)  \(datum.decimal): the whole, rounded once, \(by)is "
      + "another number\(away): \(cause)"
  }

  private var disputeLines: [String] {
    let oracle = step.reference.map {
      "MPFR delivers \(step.format.encodingText($0.value)), \($0.flags.words)"
    }
    let own = step.predicted.map { "the cut leads to \(step.format.encodingText($0))" }
    let text = [oracle, own].compactMap(\.self).joined(separator: "; ")
    return labelled("DISPUTED", text).map { terminal.styled($0, .red) }
  }

  /// A text broken into lines; continuation lines start at the margin.
  static func wrapped(_ text: String, to width: Int, margin: Int) -> [String] {
    guard text.visibleCount > width else { return [text.trimmingTrailingSpaces] }
    let blank = String(repeating: " ", count: margin)
    var lines: [String] = []
    var indent = ""
    var rest = Array(text)[...]
    while indent.count + rest.count > width {
      var end = rest.startIndex + width - indent.count
      let words = rest[..<end].dropFirst(margin - indent.count)
      if let space = words.lastIndex(of: " "), space > words.startIndex { end = space }
      lines.append((indent + String(rest[..<end])).trimmingTrailingSpaces)
      rest = rest[end...].drop { $0 == " " }
      indent = blank
    }
    return lines + [indent + String(rest)]
  }
}
