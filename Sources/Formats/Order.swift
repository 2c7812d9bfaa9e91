// SPDX-License-Identifier: Apache-2.0

extension Format {
  /// The place of an encoding in the total order (IEEE 754-2019, clause 5.10): 0 for +0, -1 for
  /// -0, one more for each step up; NaNs lie outside the infinities.
  ///
  /// A bijection onto a range of consecutive integers. Two numbers of one sign are as many units
  /// apart as there are steps between them.
  public func orderedInteger(_ bits: UInt32) -> Int64 {
    let magnitude = Int64(bits & magnitudeMask)
    return bits & signMask == 0 ? magnitude : -1 - magnitude
  }

  /// The encoding at a place in the total order, nil outside `orderedIntegers`.
  public func encoding(orderedInteger place: Int64) -> UInt32? {
    guard orderedIntegers.contains(place) else { return nil }
    return place >= 0 ? UInt32(place) : UInt32(-1 - place) | signMask
  }

  /// The places of all encodings in the total order.
  public var orderedIntegers: ClosedRange<Int64> {
    let last = Int64(magnitudeMask)
    return (isSigned ? -1 - last : 0)...last
  }

  /// The encoding of the least number above (IEEE 754-2019, clause 5.3.1, nextUp): the largest
  /// number's is infinity, or itself where there is none; the negative number nearest zero's is
  /// -0; a NaN's is itself.
  public func nextUp(_ bits: UInt32) -> UInt32 {
    let bits = bits & (magnitudeMask | signMask)
    if isNaN(bits) || bits == (infinity ?? largestFinite) { return bits }
    if bits == signMask && hasZero { return 1 }
    return bits & signMask == 0 || !isSigned ? bits + 1 : bits - 1
  }

  /// The encoding of the greatest number below: -nextUp(-x); the smallest of a scale format is
  /// its own.
  public func nextDown(_ bits: UInt32) -> UInt32 {
    if isSigned { return isNaN(bits) ? bits : nextUp(bits ^ signMask) ^ signMask }
    return isNaN(bits) || bits & magnitudeMask == 0 ? bits : bits - 1
  }

  /// The exponent q of the unit in the last place 2^q of a finite number: the distance to the
  /// next number away from zero in its binade, 2^minUlpExponent for zeros and subnormals; nil for
  /// infinities and NaNs.
  public func ulpExponent(of bits: UInt32) -> Int? {
    let parts = decode(bits)
    return parts.isFinite ? parts.exponent : nil
  }

  /// The unit in the last place of a finite number, nil for infinities and NaNs.
  public func ulp(of bits: UInt32) -> Double? {
    ulpExponent(of: bits).map { Double(sign: .plus, exponent: $0, significand: 1) }
  }
}
