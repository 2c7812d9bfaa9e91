// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// One evaluation with everything that led to its result.
package struct Step {
  /// What is evaluated.
  package enum Action {
    case literal(NumberText, text: String)
    /// An encoding of FP64.
    case encoding(UInt64, text: String)
    /// An operation; `convert` goes to the step's format.
    case operation(ArithmeticOperation)
    case function(RealFunction)
    case reduction(Reduction.Outcome, text: String)
    case scale(by: Int32)
    case negation
  }

  /// An operand: its bits, its format, the step that made it.
  package struct Operand: Equatable {
    package var bits: UInt64
    package var format: ValueFormat
    package var step: Int
  }

  /// What the exact value is.
  package enum Exact: Equatable {
    case number(ExactReal)
    case infinity(isNegative: Bool, reason: String)
    case nan(reason: String)
    /// One of the operands, or a neighbour of one: nothing is computed.
    case selected(reason: String)
  }

  /// The place in the order of evaluation, from 1.
  package var number: Int
  package var action: Action
  package var operands: [Operand]
  /// The format of the result.
  package var format: ValueFormat
  package var semantics: Semantics
  /// The index of the random word of a stochastic rounding.
  package var index: UInt64 = 0
  package var exact: Exact
  /// The split of the exact value's magnitude, where the exact value is a number.
  package var cut: Cut?
  /// q where distances are told in units of 2^q: the unit of the cut or, of a value beyond the
  /// format's range, that of its largest numbers.
  package var ulpExponent = 0
  /// Whether the exact value lies beyond the binades of the format.
  package var isBeyondRange = false
  package var decision: RoundingDecision?
  /// What happened to the decided number: overflow, a flush.
  package var consequence: String?
  package var result: UInt64
  package var flags: Exceptions
  /// What MPFR delivers, nil where the oracle was not asked.
  package var reference: Rounded<UInt64>?
  /// The result that the cut and the decision lead to, nil where they decide nothing.
  package var predicted: UInt64?
  /// The value of all of the expression that ends here, where an operand of it was rounded on the
  /// way.
  package var once: RoundedOnce?
  /// The exact value that an operation or conversion on this step's result goes on with.
  package var composed = Composed()

  /// Whether the arithmetic, the oracle and the exact value's own rounding tell different things.
  package var isDisputed: Bool {
    let isSame = { (bits: UInt64) in
      bits == result || (format.isNaN(bits) && format.isNaN(result))
    }
    let differsFromOracle = reference.map { !isSame($0.value) || $0.flags != flags } ?? false
    return differsFromOracle || predicted.map { !isSame($0) } ?? false
  }

  /// The evaluation as written, operands by the number of their step.
  package var title: String {
    let names = operands.map { "#\($0.step)" }
    switch action {
    case .literal(_, let text), .encoding(_, let text): return text
    case .reduction(_, let text): return text
    case .function(let function): return "\(function.rawValue)(\(names.joined(separator: ", ")))"
    case .operation(.convert): return names[0]
    case .operation(let operation): return Function.text(operation, names)
    case .scale(let n): return "scaleb(\(names[0]), \(n))"
    case .negation: return "-\(names[0])"
    }
  }

  /// Whether the title says little without the result's format.
  package var isConversion: Bool {
    switch action {
    case .literal, .encoding, .operation(.convert): true
    default: false
    }
  }

  /// An encoding next to the exact value, and the distance from there in ulp, nil for an infinite
  /// one.
  package struct Neighbour {
    package var bits: UInt64
    package var distance: Double?
  }

  /// The encodings around the exact value or, when it is one itself, around the result; nil on a
  /// side where nothing lies. No pair where there is no exact number, or a NaN that no overflow
  /// made.
  package var neighbours: (below: Neighbour?, above: Neighbour?)? {
    guard case .number(let exact) = exact, let cut,
      !format.isNaN(result) || flags.contains(.overflow)
    else { return nil }
    func neighbour(_ bits: UInt64?) -> Neighbour? {
      bits.map { Neighbour(bits: $0, distance: error(of: $0).map(abs)) }
    }
    if isExact {
      let around = [format.nextDown(result), format.nextUp(result)].map { $0 == result ? nil : $0 }
      return (neighbour(around[0]), neighbour(around[1]))
    }
    let zero: UInt64 = exact.isNegative ? format.signMask : 0
    let near =
      cut.kept == 0
      ? (format.hasZero ? zero : nil) : encode(cut.kept) ?? zero | format.largestFinite
    let far = encode(cut.kept + 1) ?? format.infinity.map { zero | $0 }
    return exact.isNegative ? (neighbour(far), neighbour(near)) : (neighbour(near), neighbour(far))
  }

  /// Whether the result is the exact value.
  package var isExact: Bool { cut?.lost == .exactlyZero && error(of: result) == 0 }

  /// The encoding of a multiple of the cut's unit with the exact value's sign.
  private func encode(_ multiple: UInt64) -> UInt64? {
    guard case .number(let exact) = exact, let cut else { return nil }
    return format.encode(
      isNegative: exact.isNegative, significand: multiple, exponent: cut.unitExponent)
  }

  /// number - exact in units of 2^ulpExponent, nil where one of them is no finite number, or the
  /// exact value is only known to be 2^1000 or more.
  package func error(of bits: UInt64) -> Double? {
    guard case .number(let exact) = exact, !exact.isHuge, let number = BigDyadic(bits, format)
    else {
      return nil
    }
    return exact.error(of: number, inUnitsOf: ulpExponent)
  }
}

extension Step.Action {
  package var isRoundToIntegral: Bool {
    if case .operation(.roundToIntegral) = self { true } else { false }
  }
}
