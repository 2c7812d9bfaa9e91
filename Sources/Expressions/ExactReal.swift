// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// The value of an operation before rounding, found with integers of any size and shared with
/// neither the arithmetic nor the oracle.
package struct ExactReal: Equatable {
  /// Whether the value is below zero; of a zero, nothing.
  package var isNegative: Bool
  /// The first 64 bits and whether more follow.
  package var magnitude: TruncatedSignificand
  /// The value in decimal: all digits, or the first ones and `...`.
  package var decimal: String
  /// All of the value.
  let source: Source

  /// The digits shown of a decimal expansion that does not end.
  private static let shownDigits = 40

  package var isZero: Bool { magnitude.significand == 0 && !magnitude.hasMore }

  /// (-1)^s significand 2^exponent.
  package init(isNegative: Bool, significand: BigNatural, exponent: Int) {
    self.isNegative = isNegative && !significand.isZero
    magnitude = TruncatedSignificand(significand, exponent: exponent)
    decimal =
      significand.isZero
      ? "0"
      : (isNegative ? "-" : "")
        + DecimalDigits(significand: significand, exponent: exponent).compact
    source = .ratio(significand, over: BigNatural(1), exponent: exponent)
  }

  /// A number with its text.
  init(
    isNegative: Bool, magnitude: TruncatedSignificand, text: String, source: Source = .firstBits
  ) {
    self.isNegative = isNegative && magnitude.significand != 0
    self.magnitude = magnitude
    self.source = source
    decimal = text
  }

  /// A finite number as it is written; `isWide` for a format beyond 2^1000.
  init(
    isNegative: Bool, magnitude: TruncatedSignificand, literal: String, isWide: Bool = false
  ) {
    var magnitude = magnitude
    var isKnown = !magnitude.isHuge && !magnitude.isTiny
    if !isKnown, isWide, let whole = ExactReal.wideMagnitude(ofFinite: literal) {
      magnitude = whole
      isKnown = true
    } else if magnitude.isTiny, isWide {
      magnitude = ExactReal.belowEveryFormat
    }
    self.init(
      isNegative: isNegative, magnitude: magnitude, text: literal,
      source: isKnown ? ExactReal.source(ofFinite: literal) : .firstBits)
  }

  /// The first bits of a function's value.
  init(_ bits: FunctionValue.FirstBits) {
    let natural = bits.significand.reversed().reduce(BigNatural()) { ($0 << 64) + BigNatural($1) }
    guard !bits.isExact else {
      self.init(isNegative: bits.isNegative, significand: natural, exponent: bits.exponent)
      return
    }
    func digits(_ natural: BigNatural) -> String {
      ExactReal.expansion { scale in
        ((natural * BigNatural.power(10, scale)) << max(0, bits.exponent)) >> max(0, -bits.exponent)
      }
    }
    // Of a value as near to a short decimal as 1e-8 is to exp10(-8) the first digits are not known.
    let (below, above) = (digits(natural), digits(natural + BigNatural(1)))
    let text =
      below == above
      ? below : above.replacing("...", with: "") + " to \(ExactReal.shownDigits) digits"
    self.init(
      isNegative: bits.isNegative,
      magnitude: TruncatedSignificand(natural, exponent: bits.exponent, hasMore: true),
      text: (bits.isNegative ? "-" : "") + text,
      source: .above(natural, exponent: bits.exponent))
  }

  /// What stands for a magnitude below every number of every format, FP64 included.
  static let belowEveryFormat = TruncatedSignificand(
    significand: 1 << 63, exponent: -1500, hasMore: true)

  /// Whether the value is known only to be 2^1000 or more in magnitude.
  package var isHuge: Bool { magnitude.isHuge }

  /// The quotient of two numbers, the divisor not zero.
  init(_ a: BigDyadic, dividedBy b: BigDyadic) {
    let isNegative = a.isNegative != b.isNegative
    let exponent = a.exponent - b.exponent
    let quotient = TruncatedSignificand(a.significand, over: b.significand, exponent: exponent)
    guard quotient.hasMore else {
      self.init(
        isNegative: isNegative, significand: BigNatural(quotient.significand),
        exponent: quotient.exponent)
      return
    }
    let numerator = a.significand << max(0, exponent)
    let denominator = b.significand << max(0, -exponent)
    let digits = ExactReal.expansion { scale in
      (numerator * BigNatural.power(10, scale)).quotientAndRemainder(by: denominator).quotient
    }
    self.init(
      isNegative: isNegative, magnitude: quotient, text: (isNegative ? "-" : "") + digits,
      source: .ratio(a.significand, over: b.significand, exponent: exponent))
  }

  /// The square root of a number that is not negative.
  init(squareRootOf a: BigDyadic) {
    // An even exponent, and room for 64 bits of root.
    let shift = 2 * UInt64.bitWidth + (a.exponent & 1)
    let shifted = a.significand << shift
    let root = shifted.squareRoot
    let exponent = (a.exponent - shift) / 2
    guard root * root != shifted else {
      self.init(isNegative: false, significand: root, exponent: exponent)
      return
    }
    let numerator = a.significand << max(0, a.exponent)
    let digits = ExactReal.expansion { scale in
      let scaled = numerator * BigNatural.power(10, 2 * scale)
      return (scaled >> max(0, -a.exponent)).squareRoot
    }
    let magnitude = TruncatedSignificand(root, exponent: exponent, hasMore: true)
    self.init(
      isNegative: false, magnitude: magnitude, text: digits,
      source: .root(of: a.significand, exponent: a.exponent))
  }

  /// The first digits of a positive irrational or periodic number, given floor(x 10^scale).
  private static func expansion(_ floor: (Int) -> BigNatural) -> String {
    // Quotients reach down to 2^-277: the scale grows until there are digits enough.
    var scale = shownDigits
    var digits = floor(scale).decimalDigits
    while digits.count < shownDigits {
      scale += shownDigits
      digits = floor(scale).decimalDigits
    }
    let shown = DecimalDigits(integer: digits, scale: -scale)
    let cut = DecimalDigits(
      integer: Array(shown.digits.prefix(shownDigits)),
      scale: shown.exponent - min(shownDigits, shown.digits.count))
    let text = cut.compact
    let mantissa = text.prefix { $0 != "e" }
    return mantissa + "..." + text.dropFirst(mantissa.count)
  }
}

/// A finite number (-1)^s significand 2^exponent of any size.
package struct BigDyadic: Equatable {
  var isNegative: Bool
  var significand: BigNatural
  var exponent: Int

  /// The number of a finite encoding.
  package init?(_ bits: UInt64, _ format: ValueFormat) {
    let parts = format.decode(bits)
    guard parts.isFinite else { return nil }
    self.init(parts.isNegative, BigNatural(parts.significand), parts.exponent)
  }

  package init(_ isNegative: Bool, _ significand: BigNatural, _ exponent: Int) {
    self.isNegative = isNegative
    self.significand = significand
    self.exponent = exponent
  }

  var negated: BigDyadic { BigDyadic(!isNegative, significand, exponent) }

  package var exact: ExactReal {
    ExactReal(isNegative: isNegative, significand: significand, exponent: exponent)
  }

  static func * (a: BigDyadic, b: BigDyadic) -> BigDyadic {
    BigDyadic(a.isNegative != b.isNegative, a.significand * b.significand, a.exponent + b.exponent)
  }

  static func + (a: BigDyadic, b: BigDyadic) -> BigDyadic {
    let exponent = min(a.exponent, b.exponent)
    let x = a.significand << (a.exponent - exponent)
    let y = b.significand << (b.exponent - exponent)
    if a.isNegative == b.isNegative { return BigDyadic(a.isNegative, x + y, exponent) }
    return x >= y
      ? BigDyadic(a.isNegative, x - y, exponent) : BigDyadic(b.isNegative, y - x, exponent)
  }
}
