// SPDX-License-Identifier: Apache-2.0
import CMPFR

extension ElementaryReference {
  /// |y - value| in ulp of a format at the value, of the least one at 0, rounded to odd, so that an
  /// error that is more than half an ulp by however little is more in FP64, too; infinite where one of
  /// them is special or the signs differ, 0 where both are the same special or the value overflows to y.
  func error(
    of y: Double, from estimate: Estimate, precision p: Int, minExponent: Int, maxExponent: Int
  ) -> Double {
    let bracket: Bracket
    switch estimate {
    case .outcome(.infinity(let negative, _)):
      return y == (negative ? -.infinity : .infinity) ? 0 : .infinity
    case .outcome(.zero(let negative)):
      guard y.isFinite, (y.sign == .minus) == negative else { return .infinity }
      return Double(sign: .plus, exponent: p - 1 - minExponent, significand: y).magnitude
    case .outcome: return y.isNaN ? 0 : .infinity
    case .bracket(let found): bracket = found
    }
    // |near| <= |value| <= |far|; where they differ the value is in the binade of the nearer end.
    let far = bracket.end(nearZero: false).pointer
    let end = bracket.end(nearZero: true).pointer
    let near = mpfr_regular_p(end) != 0 ? end : far
    let sign: FloatingPointSign = mpfr_signbit(far) != 0 ? .minus : .plus
    guard !y.isNaN, y.sign == sign else { return .infinity }
    // What leaves MPFR's exponents is beyond every format.
    if mpfr_inf_p(far) != 0 { return y.isInfinite ? 0 : .infinity }
    let exponent = Int(mpfr_get_exp(near)) - 1
    if y.isInfinite {
      // The largest number and half an ulp: from there on infinity is right.
      mpfr_set_ui_2exp(term.pointer, 1, maxExponent + 1, MPFR_RNDN)
      mpfr_set_ui_2exp(operand.pointer, 1, maxExponent - p, MPFR_RNDN)
      mpfr_sub(term.pointer, term.pointer, operand.pointer, MPFR_RNDN)
      return mpfr_cmpabs(near, term.pointer) >= 0 ? 0 : .infinity
    }
    let unit = max(min(exponent, maxExponent), minExponent) - p + 1
    return distance(of: y, from: near, far, isExact: bracket.isExact, unit: unit)
  }

  /// |y - value| / 2^unit, rounded to odd, of a value that two ends are or enclose.
  private func distance(
    of y: Double, from near: mpfr_ptr, _ far: mpfr_ptr, isExact: Bool, unit: Int
  ) -> Double {
    mpfr_set_d(operand.pointer, y, MPFR_RNDN)
    var ternary = mpfr_sub(term.pointer, operand.pointer, near, MPFR_RNDZ)
    if !isExact {
      let other = mpfr_sub(otherTerm.pointer, operand.pointer, far, MPFR_RNDZ)
      let isLess = mpfr_cmpabs(otherTerm.pointer, term.pointer) < 0
      // An end that y is tells nothing of how far the value is.
      if isLess != (mpfr_zero_p(isLess ? otherTerm.pointer : term.pointer) != 0) {
        mpfr_swap(term.pointer, otherTerm.pointer)
        ternary = other
      }
    }
    mpfr_mul_2si(term.pointer, term.pointer, -unit, MPFR_RNDZ)
    let magnitude = mpfr_get_d(term.pointer, MPFR_RNDZ).magnitude
    mpfr_set_d(operand.pointer, magnitude, MPFR_RNDN)
    let isWhole = isExact && ternary == 0 && mpfr_cmpabs(term.pointer, operand.pointer) == 0
    return isWhole ? magnitude : Double(bitPattern: magnitude.bitPattern | 1)
  }
}
