// SPDX-License-Identifier: Apache-2.0
import Expressions
import Formats
import Tables
import Words

/// A step in JSON.
struct StepDocument: Encodable {
  /// The exact value where it is a number.
  struct Exact: Encodable {
    /// All decimal digits, or the first ones and `...`; the text of a literal.
    var decimal: String
    /// The kept multiple of the unit, in binary.
    var kept: String
    /// The exponent of the unit in the last place.
    var ulpExponent: Int
    /// The bits cut off, guard bit first; `...` where more follow the 64th.
    var cutOff: String
    var lostFraction: Cut.LostFraction
    /// What is cut off, in ulp.
    var cutOffUlp: Double
  }

  var number: Int
  var title: String
  var rounding: String
  var operands: [Datum]
  var exact: Exact?
  /// Why there is no exact number, or none is computed.
  var remark: String?
  var decision: String?
  var result: Datum
  var flags: [String]
  /// result - exact in ulp.
  var errorUlp: Double?
  var below: Datum?
  var above: Datum?
  /// Whether MPFR delivers the same; absent where it was not asked.
  var agreesWithMPFR: Bool?
  /// The whole expression up to here rounded once, where it was rounded on the way.
  var once: Once?
  /// The chance of a stochastic rounding.
  var chance: Chance?
  /// What Halfway's own implementation of a function delivers.
  var own: Own?
  /// How a sum, mean or dot product came about.
  var reduction: ReductionRecord?

  struct Once: Encodable {
    var result: Datum
    /// The exact value, its first digits where they do not end.
    var exact: String
    var errorUlp: Double?
    /// Whether the step delivers another number.
    var differs: Bool
    /// The inner roundings that are left out.
    var roundingsBefore: Int
    /// The operation that rounds once, `fma`.
    var operation: String?
  }

  struct Own: Encodable {
    var result: Datum
    /// |result - exact| in ulp.
    var errorUlp: Double?
  }

  init(_ step: Step) {
    number = step.number
    title = step.title
    rounding = step.semantics.rounding.description
    operands = step.operands.map { Datum($0.bits, $0.format) }
    switch step.exact {
    case .number(let value) where value.isHuge: remark = "\(value.decimal): 2^1000 or more"
    case .number(let value): exact = step.cut.map { Exact(value, $0) }
    case .infinity(_, let reason), .nan(let reason), .selected(let reason): remark = reason
    }
    decision = step.decision.map { decision in
      decision.reason + (step.consequence.map { "; " + $0 } ?? "")
    }
    result = Datum(step.result, step.format)
    flags = step.flags.names
    errorUlp = step.error(of: step.result)
    below = step.neighbours?.below.map { Datum($0.bits, step.format) }
    above = step.neighbours?.above.map { Datum($0.bits, step.format) }
    agreesWithMPFR = step.reference.map { _ in !step.isDisputed }
    once = step.once.map {
      Once(
        result: Datum($0.result, step.format), exact: $0.exact.decimal, errorUlp: $0.error,
        differs: $0.result != step.result, roundingsBefore: step.composed.roundings,
        operation: $0.operation)
    }
    chance = step.chance
    own = step.own.map { Own(result: Datum($0.bits, step.format), errorUlp: $0.error) }
    if case .reduction(let outcome, _) = step.action {
      reduction = ReductionRecord(outcome, ulpExponent: step.ulpExponent)
    }
  }
}

extension StepDocument.Exact {
  fileprivate init(_ value: ExactReal, _ cut: Cut) {
    decimal = value.decimal
    kept = String(cut.kept, radix: 2)
    ulpExponent = cut.unitExponent
    let bits = String(cut.lostBits, radix: 2).padding(to: 64, onTheLeftWith: "0")
    cutOff = cut.hasMore ? bits + "..." : bits.trimming(trailing: "0")
    lostFraction = cut.lost
    cutOffUlp = cut.fraction
  }
}

extension Explanation {
  private struct Configuration: Encodable {
    var expression: String
    var format: String
    var roundings: [Rounding]
    var tininess: Tininess
    var subnormals: SubnormalMode
    var nan: NaNPolicy
    var overflow: OverflowPolicy
    /// The word that every stochastic rounding takes, where one is chosen.
    var randomWord: String?
  }

  private struct Results: Encodable {
    var steps: [StepDocument]
    /// The last step in every rounding asked for.
    var lastByRounding: [StepDocument]
    var value: Datum
    var isUndisputed: Bool
  }

  var document: any Encodable {
    ResultDocument(
      schema: "halfway/explanation/1",
      configuration: Configuration(
        expression: expression, format: format.id, roundings: roundings,
        tininess: semantics.tininess,
        subnormals: semantics.subnormals, nan: semantics.nan, overflow: semantics.overflow,
        randomWord: randomWord.map { "0x\(String($0, radix: 16))" }),
      results: Results(
        steps: steps.map(StepDocument.init), lastByRounding: variants.map(StepDocument.init),
        value: Datum(steps[steps.count - 1].result, format), isUndisputed: isUndisputed))
  }

  /// A row per step, then the last step in the other roundings.
  var table: Table {
    let columns = [
      "step", "title", "format", "rounding", "operands", "exact", "lost_fraction", "result",
      "result_hex", "result_decimal", "flags", "error_ulp",
    ]
    let rows = (steps + variants.dropFirst()).map { step -> [Table.Cell] in
      let record = StepDocument(step)
      let operands = record.operands.map { "\($0.format):\($0.encoding)" }
      return [
        .integer(Int64(step.number)), .text(step.title), .text(step.format.id),
        .text(record.rounding), .text(operands.joined(separator: " ")),
        record.exact.map { .text($0.decimal) } ?? .missing,
        record.exact.map { .text($0.lostFraction.rawValue) } ?? .missing,
        .text(record.result.encoding), .text(record.result.hex), .text(record.result.decimal),
        .text(record.flags.joined(separator: " ")),
        record.errorUlp.map { .number($0) } ?? .missing,
      ]
    }
    return Table(columns: columns, rows: rows)
  }
}
