// SPDX-License-Identifier: Apache-2.0
import Formats

/// ± significand 2^exponent, a term of an exact sum.
struct ExactTerm {
  let isNegative: Bool
  let significand: UInt64
  let exponent: Int

  /// A finite FP32 number.
  init(_ x: Float) { self.init(UnitTerm(x, .fp32), fractionBits: UnitTerm.fractionBits) }

  /// The product of two finite numbers.
  init(_ x: Float, _ y: Float) {
    self.init(
      UnitTerm(x, .fp32) * UnitTerm(y, .fp32), fractionBits: 2 * UnitTerm.fractionBits)
  }

  private init(_ term: UnitTerm, fractionBits: Int) {
    isNegative = term.isNegative
    significand = UInt64(term.significand)
    exponent = term.exponent - fractionBits
  }
}

/// Exact sums of few terms of any exponents, with one rounding.
enum ExactSum {
  /// RN(c + Σ a b) to FP32; a sum of exactly zero is +0.
  static func rounded(
    _ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>, _ c: Float
  ) -> Float {
    let sum = significand([ExactTerm(c)] + zip(a, b).map { ExactTerm($0, $1) })
    let rounded = Arithmetic.round(
      negative: sum.isNegative, significand: sum.magnitude, exponent: sum.exponent,
      sticky: sum.isSticky, to: .fp32)
    return UnitOperations.single(rounded.value, .fp32)
  }

  /// The leading 64 bits of the sum, and whether it has others.
  static func significand(
    _ terms: [ExactTerm]
  ) -> (isNegative: Bool, magnitude: UInt64, exponent: Int, isSticky: Bool) {
    let terms = terms.filter { $0.significand != 0 }
    let unit = terms.map(\.exponent).min() ?? 0
    func total(_ isNegative: Bool) -> BigNatural {
      terms.filter { $0.isNegative == isNegative }.reduce(BigNatural()) {
        $0 + BigNatural($1.significand) << ($1.exponent - unit)
      }
    }
    let (positive, negative) = (total(false), total(true))
    let isNegative = positive < negative
    let magnitude = isNegative ? negative - positive : positive - negative
    let dropped = max(0, magnitude.bitWidth - UInt64.bitWidth)
    return (
      isNegative, (magnitude >> dropped).low64, unit + dropped,
      !magnitude.isZero && magnitude.trailingZeroBitCount < dropped
    )
  }
}
