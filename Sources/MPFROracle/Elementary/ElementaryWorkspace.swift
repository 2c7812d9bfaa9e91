// SPDX-License-Identifier: Apache-2.0
import CMPFR
import Formats

/// Numbers of one precision in which a function is evaluated, and its last value.
///
/// MPFR's default exponent range is far wider than what any operand of FP64 leads to, but for
/// exponentials: what leaves it is beyond every format, and inexact.
final class ElementaryWorkspace {
  private let precision: Int
  private let operand: MPFRNumber
  private let term: MPFRNumber
  private let result: MPFRNumber
  /// √(2/π) · 2 and 0.044715, to this precision.
  private let scale: MPFRNumber
  private let cubic: MPFRNumber
  private let rootOfHalf: MPFRNumber
  /// Whether the last value is the function's own: no step rounded.
  private(set) var isExact = false
  /// Whether the last value only tells on which side of x/2 the function lies.
  private var isNudged = false

  init(precision: Int) {
    self.precision = precision
    operand = MPFRNumber(precision: Double.significandBitCount + 1)
    term = MPFRNumber(precision: precision)
    result = MPFRNumber(precision: precision)
    scale = MPFRNumber(precision: precision) {
      mpfr_const_pi($0, MPFR_RNDN)
      mpfr_ui_div($0, 8, $0, MPFR_RNDN)
      mpfr_sqrt($0, $0, MPFR_RNDN)
    }
    cubic = MPFRNumber(precision: precision) {
      mpfr_set_ui($0, 44715, MPFR_RNDN)
      mpfr_div_ui($0, $0, 1_000_000, MPFR_RNDN)
    }
    rootOfHalf = MPFRNumber(precision: precision) {
      mpfr_set_d($0, 0.5, MPFR_RNDN)
      mpfr_sqrt($0, $0, MPFR_RNDN)
    }
  }

  /// The last value rounded to FP64.
  var double: Double { mpfr_get_d(result.pointer, MPFR_RNDN) }

  /// Evaluates a function, to a relative error of a few units of the precision's last place.
  func compute(_ function: ElementaryFunction, _ value: Double) {
    let (x, t, y) = (operand.pointer, term.pointer, result.pointer)
    let r = MPFR_RNDN
    mpfr_set_d(x, value, r)
    isNudged = false
    switch function {
    case .exp: isExact = mpfr_exp(y, x, r) == 0
    case .log: isExact = mpfr_log(y, x, r) == 0
    case .tanh: isExact = mpfr_tanh(y, x, r) == 0
    case .erf: isExact = mpfr_erf(y, x, r) == 0
    case .rsqrt:
      isExact = mpfr_rec_sqrt(y, x, r) == 0
      // MPFR gives +∞ for -0 where IEEE 754 gives -∞.
      if value == 0 { mpfr_set_inf(y, value.sign == .minus ? -1 : 1) }
    case .sigmoid:
      mpfr_neg(t, x, r)
      isExact = reciprocalOfOnePlusExp(t, y) && value.isZeroOrSpecial
    case .normal:
      distribution(x, t, y)
      isExact = value.isZeroOrSpecial
    case .gelu, .geluTanh:
      guard !value.isInfinite else { return setLimit(of: value) }
      if value.magnitude < 0x1p-70, value != 0 { return nudgeHalf(of: x) }
      if function == .gelu {
        distribution(x, t, y)
      } else {
        mpfr_sqr(t, x, r)
        mpfr_mul(t, t, cubic.pointer, r)
        mpfr_add_ui(t, t, 1, r)
        mpfr_mul(t, t, x, r)
        mpfr_mul(t, t, scale.pointer, r)
        mpfr_neg(t, t, r)
        _ = reciprocalOfOnePlusExp(t, y)
      }
      mpfr_mul(y, y, x, r)
      isExact = value.isZeroOrSpecial
    }
  }

  /// erfc(-x/√2) / 2.
  private func distribution(_ x: mpfr_ptr, _ t: mpfr_ptr, _ y: mpfr_ptr) {
    mpfr_mul(t, x, rootOfHalf.pointer, MPFR_RNDN)
    mpfr_neg(t, t, MPFR_RNDN)
    mpfr_erfc(y, t, MPFR_RNDN)
    mpfr_div_2ui(y, y, 1, MPFR_RNDN)
  }

  /// 1 / (1 + e^t); whether no step rounded.
  private func reciprocalOfOnePlusExp(_ t: mpfr_ptr, _ y: mpfr_ptr) -> Bool {
    let steps = [
      mpfr_exp(y, t, MPFR_RNDN), mpfr_add_ui(y, y, 1, MPFR_RNDN), mpfr_ui_div(y, 1, y, MPFR_RNDN),
    ]
    return steps.allSatisfy { $0 == 0 }
  }

  private func setLimit(of value: Double) {
    isExact = true
    if value < 0 { mpfr_set_zero(result.pointer, -1) } else { mpfr_set_inf(result.pointer, 1) }
  }

  /// x Φ(x) of a tiny x is a little above x/2 on either side of zero, and so is the tanh form: both
  /// factors exceed 1/2 for x > 0 and are below it for x < 0. The relative difference is below |x|;
  /// its direction decides the ties that halves of subnormal numbers are.
  private func nudgeHalf(of x: mpfr_ptr) {
    mpfr_div_2ui(result.pointer, x, 1, MPFR_RNDN)
    mpfr_nextabove(result.pointer)
    isExact = false
    isNudged = true
  }
}

extension ElementaryWorkspace {
  /// Whether the value's error could decide a rounding: inexact, and the second limb, all of it
  /// below every rounding position, is full of equal bits.
  var isUndecided: Bool {
    guard !isExact, !isNudged, mpfr_regular_p(result.pointer) != 0,
      let limbs = result.pointer.pointee._mpfr_d
    else { return false }
    let second = limbs[precision / UInt.bitWidth - 2]
    return second == 0 || second == .max
  }

  /// The value as what is to be rounded.
  var outcome: Outcome {
    let y = result.pointer
    let isNegative = mpfr_signbit(y) != 0
    if mpfr_nan_p(y) != 0 { return .invalid }
    if mpfr_inf_p(y) != 0 {
      return isExact ? .infinity(negative: isNegative, dividesByZero: false) : beyond(1, isNegative)
    }
    if mpfr_zero_p(y) != 0 {
      return isExact ? .zero(negative: isNegative) : beyond(-1, isNegative)
    }
    guard let limbs = y.pointee._mpfr_d else { return .invalid }
    let last = precision / UInt.bitWidth - 1
    let rest = (0..<last).contains { limbs[$0] != 0 }
    return .number(
      Unrounded(
        negative: isNegative, significand: UInt64(limbs[last]),
        exponent: Int(mpfr_get_exp(y)) - 1, sticky: rest || !isExact))
  }

  /// A number outside every format: huge or tiny.
  private func beyond(_ direction: Int, _ isNegative: Bool) -> Outcome {
    .number(
      Unrounded(
        negative: isNegative, significand: 1 << 63, exponent: direction * (1 << 20), sticky: true))
  }

  /// |y - value| in ulp of a format at the value, infinite where one of them is special or the
  /// signs differ, 0 where both are the same special or the value overflows to y.
  func error(of y: Double, precision p: Int, minExponent: Int, maxExponent: Int) -> Double {
    let value = result.pointer
    if mpfr_nan_p(value) != 0 { return y.isNaN ? 0 : .infinity }
    let sign: FloatingPointSign = mpfr_signbit(value) != 0 ? .minus : .plus
    guard !y.isNaN, y.sign == sign else { return .infinity }
    if mpfr_inf_p(value) != 0 { return y.isInfinite ? 0 : .infinity }
    if mpfr_zero_p(value) != 0 { return y == 0 ? 0 : isExact ? .infinity : 1 }
    let exponent = Int(mpfr_get_exp(value)) - 1
    if y.isInfinite {
      // The largest number and half an ulp: from there on infinity is right.
      mpfr_set_ui_2exp(term.pointer, 1, maxExponent + 1, MPFR_RNDN)
      mpfr_set_ui_2exp(operand.pointer, 1, maxExponent - p, MPFR_RNDN)
      mpfr_sub(term.pointer, term.pointer, operand.pointer, MPFR_RNDN)
      return mpfr_cmpabs(value, term.pointer) >= 0 ? 0 : .infinity
    }
    mpfr_set_d(operand.pointer, y, MPFR_RNDN)
    mpfr_sub(term.pointer, operand.pointer, value, MPFR_RNDN)
    let unit = max(min(exponent, maxExponent), minExponent) - p + 1
    mpfr_mul_2si(term.pointer, term.pointer, -unit, MPFR_RNDN)
    return mpfr_get_d(term.pointer, MPFR_RNDN).magnitude
  }
}

extension Double {
  /// Zero, infinite or NaN: the operands whose function value is exact.
  fileprivate var isZeroOrSpecial: Bool { self == 0 || !isFinite }
}
