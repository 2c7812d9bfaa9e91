// SPDX-License-Identifier: Apache-2.0
import CMPFR

extension Bracket {
  /// The bits that a bracket tells of the number in it.
  enum Leading {
    /// A number of 2^1200 or more (1) or below 2^-1300 (-1): outside every format.
    case beyond(Int, isNegative: Bool)
    /// The first bits, toward zero, and whether no more follow.
    case bits(MPFRNumber, isExact: Bool)
  }

  /// The number's first bits; nil where the ends do not tell them. Ends that are both zero count
  /// as tiny.
  func leading(_ bits: Int) -> Leading? {
    let isNegative = mpfr_sgn(lower.pointer) < 0
    guard !isNegative || mpfr_sgn(upper.pointer) <= 0 else { return nil }
    // |near| <= |number| <= |far|
    let (near, far) = (end(nearZero: true).pointer, end(nearZero: false).pointer)
    if mpfr_zero_p(far) != 0
      || mpfr_inf_p(far) == 0 && mpfr_get_exp(far) <= FunctionValue.exponents.lowerBound
    {
      return .beyond(-1, isNegative: isNegative)
    }
    guard mpfr_zero_p(near) == 0 else { return nil }
    guard mpfr_inf_p(near) == 0, mpfr_get_exp(near) <= FunctionValue.exponents.upperBound else {
      return .beyond(1, isNegative: isNegative)
    }
    var ternary: Int32 = 0
    let kept = MPFRNumber(precision: bits) { ternary = mpfr_set($0, near, MPFR_RNDZ) }
    if isExact { return .bits(kept, isExact: ternary == 0) }
    let next = MPFRNumber(precision: bits) {
      mpfr_set($0, kept.pointer, MPFR_RNDZ)
      if isNegative { mpfr_nextbelow($0) } else { mpfr_nextabove($0) }
    }
    return mpfr_cmpabs(far, next.pointer) <= 0 ? .bits(kept, isExact: false) : nil
  }

  /// The first bits of a number whose ends agree in all but the last of thousands: those of the end
  /// next to zero.
  func leadingOfNearerEnd(_ bits: Int) -> Leading {
    let near = end(nearZero: true)
    guard mpfr_regular_p(near.pointer) != 0 else {
      return .beyond(-1, isNegative: mpfr_signbit(near.pointer) != 0)
    }
    let kept = MPFRNumber(precision: bits) { mpfr_set($0, near.pointer, MPFR_RNDZ) }
    return .bits(kept, isExact: false)
  }

  /// The number of FP64 that the number rounds to odd to; nil where the ends do not tell it and are not
  /// those of the last precision, whose nearer end then stands for it.
  func roundedToOdd(isLast: Bool) -> Double? {
    let (near, far) = (end(nearZero: true).pointer, end(nearZero: false).pointer)
    let (first, last) = (mpfr_get_d(near, MPFR_RNDZ), mpfr_get_d(far, MPFR_RNDZ))
    let isEnd = mpfr_cmp_d(near, first) == 0
    if isExact && isEnd { return first }
    // An end that is not the number itself may be the next number of FP64.
    let next = Double(signOf: last, magnitudeOf: first.magnitude.nextUp)
    guard first == last || (last == next && mpfr_cmp_d(far, last) == 0) || isLast else {
      return nil
    }
    return Double(
      signOf: last, magnitudeOf: Double(bitPattern: first.magnitude.bitPattern | 1))
  }

  /// The end of the smaller magnitude, or of the larger one, of a number whose sign is known.
  func end(nearZero: Bool) -> MPFRNumber {
    (mpfr_sgn(lower.pointer) < 0) == nearZero ? upper : lower
  }
}
