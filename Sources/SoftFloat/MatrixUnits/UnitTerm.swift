// SPDX-License-Identifier: Apache-2.0
import Formats

/// A finite operand as a matrix unit decodes it: ± significand 2^(exponent - 23).
///
/// The exponent of a number that is subnormal in its own format is that format's smallest: the
/// significand then lies below 2^23.
struct UnitTerm {
  /// Fraction bits of a significand, those of FP32.
  static let fractionBits = 23

  let isNegative: Bool
  let significand: Int64
  let exponent: Int

  /// A value of a format, held in FP32.
  init(_ x: Float, _ format: Format) {
    let single = Format.fp32
    let field = Int(x.bitPattern >> UInt32(Self.fractionBits)) & 0xff
    let hidden = field == 0 ? 0 : single.smallestNormal
    let ownExponent = max(field, 1) - single.bias
    exponent = max(ownExponent, format.minExponent)
    isNegative = x.sign == .minus
    significand =
      Int64((x.bitPattern & single.fractionMask) | hidden) >> Int64(exponent - ownExponent)
  }

  private init(isNegative: Bool, significand: Int64, exponent: Int) {
    self.isNegative = isNegative
    self.significand = significand
    self.exponent = exponent
  }

  /// The exact product, ± significand 2^(exponent - 46), not normalised.
  static func * (a: UnitTerm, b: UnitTerm) -> UnitTerm {
    UnitTerm(
      isNegative: a.isNegative != b.isNegative, significand: a.significand * b.significand,
      exponent: a.exponent + b.exponent)
  }

  var isZero: Bool { significand == 0 }
  var signed: Int64 { isNegative ? -significand : significand }

  /// The multiple of 2^unit at or below its magnitude, with its sign; `bits` are the fraction bits
  /// of the significand.
  func truncated(toUnit unit: Int, fractionBits bits: Int) -> Int64 {
    // Swift's shift by a variable count turns to the left where it is negative, and beyond the
    // width it leaves nothing.
    let magnitude = significand >> (unit - (exponent - bits))
    return isNegative ? -magnitude : magnitude
  }
}
