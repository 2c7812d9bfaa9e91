// SPDX-License-Identifier: Apache-2.0
import Formats

/// How many values left the range of a format in a cast from FP32; x before, y after.
public struct CastCounts: Hashable, Sendable {
  /// The number of elements.
  public var elements = 0
  /// #{x ≠ 0}, without NaNs.
  public var nonzero = 0
  /// #{x ≠ 0, y = 0}.
  public var zeroed = 0
  /// #{0 < |y| < 2^emin}.
  public var subnormal = 0
  /// #{|x| >= Ω + ulp(Ω)/2}, infinities included.
  public var overflow = 0
  /// #{y is a NaN}.
  public var nan = 0

  /// No elements.
  @inlinable public init() {}
}

extension Format {
  /// Ω + ulp(Ω)/2 = (2 - 2^-p) 2^emax, from which nearest even overflows; in an IEEE format.
  ///
  /// FP32's own bound is beyond FP32 and is delivered as infinity: a value that is already in FP32
  /// has overflowed when it is infinite.
  var overflowBound: Float {
    guard precision < Format.fp32.precision else { return .infinity }
    let step = Float(sign: .plus, exponent: -precision, significand: 1)
    return (2 - step) * Float(sign: .plus, exponent: maxExponent, significand: 1)
  }

  /// 2^emin, the smallest normal number.
  var smallestNormalValue: Float { Float(sign: .plus, exponent: minExponent, significand: 1) }
}
