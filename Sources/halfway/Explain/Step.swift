// SPDX-License-Identifier: Apache-2.0
import Formats

/// One evaluation with everything that led to its result.
struct Step {
  /// What is evaluated.
  enum Action: Equatable {
    case literal(NumberText, text: String)
    /// An operation; `convert` goes to the step's format.
    case operation(Operation)
    case scale(by: Int32)
    case negation
  }

  /// An operand: its bits, its format, the step that made it.
  struct Operand: Equatable {
    var bits: UInt32
    var format: Format
    var step: Int
  }

  /// What the exact value is.
  enum Exact: Equatable {
    case number(ExactReal)
    case infinity(isNegative: Bool, reason: String)
    case nan(reason: String)
    /// One of the operands, or a neighbour of one: nothing is computed.
    case selected(reason: String)
  }

  /// The place in the order of evaluation, from 1.
  var number: Int
  var action: Action
  var operands: [Operand]
  /// The format of the result.
  var format: Format
  var semantics: Semantics
  var exact: Exact
  /// The split of the exact value's magnitude, where the exact value is a number.
  var cut: Cut?
  /// q where distances are told in units of 2^q: the unit of the cut or, of a value beyond the
  /// format's range, that of its largest numbers.
  var ulpExponent = 0
  /// Whether the exact value lies beyond the binades of the format.
  var isBeyondRange = false
  var decision: Decision?
  /// What happened to the decided number: overflow, a flush.
  var consequence: String?
  var result: UInt32
  var flags: Exceptions
  /// What MPFR delivers, nil where the oracle was not asked.
  var reference: Rounded<UInt32>?
  /// The result that the cut and the decision lead to, nil where they decide nothing.
  var predicted: UInt32?

  /// Whether the arithmetic, the oracle and the exact value's own rounding tell different things.
  var isDisputed: Bool {
    let isSame = { (bits: UInt32) in
      bits == result || (format.isNaN(bits) && format.isNaN(result))
    }
    let differsFromOracle = reference.map { !isSame($0.value) || $0.flags != flags } ?? false
    return differsFromOracle || predicted.map { !isSame($0) } ?? false
  }

  /// The evaluation as written, operands by the number of their step.
  var title: String {
    let names = operands.map { "#\($0.step)" }
    switch action {
    case .literal(_, let text): return text
    case .operation(.convert): return names[0]
    case .operation(let operation): return Function.text(operation, names)
    case .scale(let n): return "scaleb(\(names[0]), \(n))"
    case .negation: return "-\(names[0])"
    }
  }

  /// Whether the title says little without the result's format.
  var isConversion: Bool {
    switch action {
    case .literal, .operation(.convert): true
    default: false
    }
  }

  /// The encodings around the exact value or, when it is one itself, around the result; with the
  /// distance from there in ulp, nil for an infinite one. Both are the largest number where the
  /// exact value is beyond it and nothing else is.
  var neighbours: (below: (UInt32, Double?), above: (UInt32, Double?))? {
    guard case .number(let exact) = exact, let cut,
      !format.isNaN(result) || flags.contains(.overflow)
    else { return nil }
    if isExact {
      let below = format.nextDown(result)
      let above = format.nextUp(result)
      return ((below, distance(to: below)), (above, distance(to: above)))
    }
    let zero: UInt32 = exact.isNegative ? format.signMask : 0
    let last = zero | (format.infinity ?? format.largestFinite)
    let near = encode(cut.kept) ?? (cut.kept == 0 ? zero : zero | format.largestFinite)
    let far = encode(cut.kept + 1) ?? last
    let pair = exact.isNegative ? (far, near) : (near, far)
    return ((pair.0, distance(to: pair.0)), (pair.1, distance(to: pair.1)))
  }

  /// Whether the result is the exact value.
  var isExact: Bool { cut?.lost == .exactlyZero && error(of: result) == 0 }

  /// Whether the exact value is a number below zero.
  var isExactNegative: Bool {
    if case .number(let exact) = exact { exact.isNegative } else { false }
  }

  /// The encoding of a multiple of the cut's unit with the exact value's sign.
  private func encode(_ multiple: UInt64) -> UInt32? {
    guard case .number(let exact) = exact, let cut else { return nil }
    return format.encode(
      isNegative: exact.isNegative, significand: multiple, exponent: cut.unitExponent)
  }

  /// number - exact in units of 2^ulpExponent, nil where one of them is no finite number, or the
  /// exact value is only known to be 2^1000 or more.
  func error(of bits: UInt32) -> Double? {
    guard case .number(let exact) = exact, !exact.isHuge, let number = Dyadic(bits, format) else {
      return nil
    }
    return exact.error(of: number, inUnitsOf: ulpExponent)
  }

  private func distance(to bits: UInt32) -> Double? { error(of: bits).map(abs) }
}
