// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// The exact value of an expression whose inner roundings are left out.
package struct Composed {
  /// The value; nil where it is none that is followed: an infinity, a NaN, too long a number.
  var value: ExactReal?
  /// Whether the value is a number as written, perhaps converted: an operation takes it as its
  /// format holds it, a further conversion as it is written.
  var isWritten = false
  /// How many roundings are left out in the value.
  package var roundings = 0
}

/// What one rounding of a whole expression delivers.
package struct RoundedOnce {
  package var exact: ExactReal
  package var result: UInt64
  var flags: Exceptions
  /// result - exact in ulp, nil where there is no such number.
  package var error: Double?
  /// The operation that rounds once, where there is one: fma.
  package var operation: String?
}

extension Step {
  /// The longest integers that are followed.
  private static let longest = 40_000

  /// Finds the exact value up to this step, its inner roundings left out, and its one rounding.
  mutating func compose(from steps: [Step]) {
    let sources = operands.map { steps[$0.step - 1] }
    switch action {
    case .literal, .encoding, .reduction:
      composed = Composed(value: knownValue, isWritten: true)
    case .operation(.convert):
      guard let source = sources.first else { return }
      composed = Composed(
        value: source.composed.value, isWritten: source.composed.isWritten,
        roundings: source.roundings)
      settle()
    case .operation(let operation):
      let taken = sources.map(\.taken)
      composed = Composed(
        value: Step.value(operation, taken.map(\.value)),
        roundings: taken.map(\.roundings).reduce(0, +))
      let hasProduct = sources.contains { $0.action.isProduct && $0.flags.contains(.inexact) }
      settle(as: hasProduct && (operation == .add || operation == .sub) ? "fma" : nil)
    case .negation:
      guard let source = sources.first?.taken else { return }
      let minusOne = BigDyadic(true, BigNatural(1), 0).exact
      composed = Composed(
        value: Step.value(.mul, [source.value, minusOne]), roundings: source.roundings)
    case .function, .scale:
      composed = Composed(value: knownValue)
    }
  }

  private var knownValue: ExactReal? {
    guard case .number(let value) = exact, !value.isHuge else { return nil }
    if case .firstBits = value.source { return nil }
    return value
  }

  /// What an operation on this step's result goes on with.
  private var taken: Composed {
    if composed.isWritten || composed.value == nil {
      return Composed(value: BigDyadic(result, format)?.exact)
    }
    var taken = composed
    taken.roundings = roundings
    return taken
  }

  /// The roundings up to this step's result, its own included.
  private var roundings: Int { composed.roundings + (flags.contains(.inexact) ? 1 : 0) }

  private mutating func settle(as operation: String? = nil) {
    guard composed.roundings > 0, let value = composed.value, !value.isZero else { return }
    let rounded = Oracle.rounded(
      isNegative: value.isNegative, significand: value.magnitude.significand,
      exponent: value.magnitude.exponent, hasMore: value.magnitude.hasMore, to: format.constants,
      semantics: semantics, index: index)
    let unit = Cut.unitExponent(of: value.magnitude, in: format)
    let largest = format.maxExponent - format.fractionBits
    let error = BigDyadic(rounded.value, format).map {
      value.error(of: $0, inUnitsOf: min(unit, largest))
    }
    once = RoundedOnce(
      exact: value, result: rounded.value, flags: rounded.flags, error: error,
      operation: operation)
  }

  /// The exact result of an operation on exact operands; nil where it is not followed.
  private static func value(_ operation: ArithmeticOperation, _ operands: [ExactReal?])
    -> ExactReal?
  {
    let ratios = operands.compactMap { $0.flatMap(Ratio.init) }
    guard ratios.count == operands.count, let a = ratios.first else { return nil }
    let b = ratios.count > 1 ? ratios[1] : a
    let result: Ratio
    switch operation {
    case .add: result = a + b
    case .sub: result = a + b.negated
    case .mul: result = a * b
    case .fma: result = a * b + ratios[2]
    case .div:
      guard let quotient = a.divided(by: b) else { return nil }
      result = quotient
    case .sqrt:
      guard a.denominator == BigNatural(1), !a.numerator.isNegative else { return nil }
      return a.numerator.significand.isZero
        ? a.numerator.exact : ExactReal(squareRootOf: a.numerator)
    default: return nil
    }
    guard result.width <= longest else { return nil }
    return result.exact
  }
}

extension Step.Action {
  fileprivate var isProduct: Bool { if case .operation(.mul) = self { true } else { false } }
}

/// A rational number: a dyadic one over a natural one.
private struct Ratio {
  var numerator: BigDyadic
  var denominator: BigNatural

  init(_ numerator: BigDyadic, over denominator: BigNatural) {
    self.numerator = numerator
    self.denominator = denominator
  }

  /// A value that is known as a ratio.
  init?(_ value: ExactReal) {
    guard case .ratio(let numerator, let denominator, let exponent) = value.source else {
      return nil
    }
    self.init(BigDyadic(value.isNegative, numerator, exponent), over: denominator)
  }

  /// Bits of the integers that the value is written with.
  var width: Int {
    numerator.significand.bitWidth + denominator.bitWidth + abs(numerator.exponent)
  }

  var negated: Ratio { Ratio(numerator.negated, over: denominator) }

  var exact: ExactReal {
    denominator == BigNatural(1)
      ? numerator.exact : ExactReal(numerator, dividedBy: BigDyadic(false, denominator, 0))
  }

  static func + (a: Ratio, b: Ratio) -> Ratio {
    if a.denominator == b.denominator {
      return Ratio(a.numerator + b.numerator, over: a.denominator)
    }
    let (x, y) = (BigDyadic(false, a.denominator, 0), BigDyadic(false, b.denominator, 0))
    return Ratio(a.numerator * y + b.numerator * x, over: a.denominator * b.denominator)
  }

  static func * (a: Ratio, b: Ratio) -> Ratio {
    Ratio(a.numerator * b.numerator, over: a.denominator * b.denominator)
  }

  func divided(by b: Ratio) -> Ratio? {
    guard !b.numerator.significand.isZero else { return nil }
    let scaled = numerator * BigDyadic(b.numerator.isNegative, b.denominator, -b.numerator.exponent)
    return Ratio(scaled, over: denominator * b.numerator.significand)
  }
}
