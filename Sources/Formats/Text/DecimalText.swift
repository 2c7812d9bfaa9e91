// SPDX-License-Identifier: Apache-2.0

/// The decimal digits of a positive number: 0.d1 d2 d3 ... x 10^exponent, d1 not 0, no zero at
/// the end.
package struct DecimalDigits: Hashable, Sendable {
  /// The digits, 0...9.
  package var digits: [UInt8]
  /// The power of ten that the point before the first digit stands for.
  package var exponent: Int

  /// The digits of `digits` x 10^scale.
  package init(integer digits: [UInt8], scale: Int) {
    let leading = digits.prefix { $0 == 0 }.count
    var significant = Array(digits.dropFirst(leading))
    exponent = significant.count + scale
    while significant.last == 0 { significant.removeLast() }
    self.digits = significant
  }

  /// All digits of significand x 2^exponent: every dyadic number has a finite expansion.
  package init(significand: BigNatural, exponent: Int) {
    if exponent >= 0 {
      self.init(integer: (significand << exponent).decimalDigits, scale: 0)
    } else {
      // 2^-k = 5^k 10^-k.
      let scaled = significand * BigNatural.power(5, -exponent)
      self.init(integer: scaled.decimalDigits, scale: exponent)
    }
  }

  /// The digits without an exponent: `0.0009765625`, `65504`.
  package var positional: String {
    let text = String(decoding: digits.map { $0 + 0x30 }, as: UTF8.self)
    if exponent <= 0 { return "0." + String(repeating: "0", count: -exponent) + text }
    if exponent >= digits.count {
      return text + String(repeating: "0", count: exponent - digits.count)
    }
    return text.prefix(exponent) + "." + text.dropFirst(exponent)
  }

  /// One digit before the point and a power of ten: `9.765625e-4`, `1e30`.
  package var scientific: String {
    let text = String(decoding: digits.map { $0 + 0x30 }, as: UTF8.self)
    let point = digits.count > 1 ? "." : ""
    return "\(text.prefix(1))\(point)\(text.dropFirst())e\(exponent - 1)"
  }

  /// `positional` for numbers in 10^-5 ..< 10^16, else `scientific`.
  package var compact: String {
    (-4...16).contains(exponent) ? positional : scientific
  }
}

extension Format {
  /// Every digit of the exact value, unrounded and without an exponent: `0.0999755859375`, `-0`,
  /// `65504`, `inf`, `nan`. An fp32 subnormal takes up to 151 characters.
  public func exactDecimalText(_ bits: UInt32) -> String {
    text(bits, DecimalDigits.init(significand:exponent:), \.positional)
  }

  /// Every digit of the exact value, in the shorter of two notations: positional for magnitudes
  /// in 10^-5 ..< 10^16, else with a power of ten, `5.9604644775390625e-8`.
  public func exactText(_ bits: UInt32) -> String {
    text(bits, DecimalDigits.init(significand:exponent:), \.compact)
  }

  func text(
    _ bits: UInt32, _ digits: (BigNatural, Int) -> DecimalDigits,
    _ notation: (DecimalDigits) -> String
  ) -> String {
    let parts = decode(bits)
    guard parts.isFinite else { return specialText(bits) }
    let sign = parts.isNegative ? "-" : ""
    guard !parts.isZero else { return sign + "0" }
    return sign + notation(digits(BigNatural(UInt64(parts.significand)), parts.exponent))
  }
}
