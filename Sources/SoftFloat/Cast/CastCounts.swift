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
  /// Ω + ulp(Ω)/2, from which nearest even overflows.
  ///
  /// FP32's own bound is beyond FP32 and is delivered as infinity: a value that is already in FP32
  /// has overflowed when it is infinite.
  var overflowBound: Float {
    let halfUlp = Float(sign: .plus, exponent: maxExponent - fractionBits - 1, significand: 1)
    let fraction = Float(largestFinite & fractionMask)
    let unit = Float(sign: .plus, exponent: maxExponent - fractionBits, significand: 1)
    return Float(sign: .plus, exponent: maxExponent, significand: 1) + fraction * unit + halfUlp
  }

  /// 2^emin, the smallest normal number.
  var smallestNormalValue: Float { Float(sign: .plus, exponent: minExponent, significand: 1) }
}
