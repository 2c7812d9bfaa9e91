// SPDX-License-Identifier: Apache-2.0
import Formats

extension Arithmetic {
  /// a rounded to an integer of `width` bits (32 or 64), two's complement in the low bits.
  ///
  /// Out of range saturates, NaN gives 0, both with invalid alone; otherwise inexact is signalled.
  @inlinable
  static func toInteger(
    _ a: UInt64, width: Int, _ c: Context<UInt64>, random: UInt64
  ) -> Packed<UInt64> {
    let x = Unpacked(a, c, GeneralScope.self)
    if c.isNaN(x.magnitude) { return Packed(0, 16) }
    let unit = (x.exponent &+ 1 &- c.bias &- c.fractionBits).signed
    let fractional = UInt64(truncatingIfNeeded: Swift.max(0 &- unit, 0))
    let count = Swift.min(c.discarded &+ fractional, UInt64.topBit)
    let word = (x.significand &<< c.discarded)
      .shiftedRightJamming(c.discarded &+ fractional &- count)
    let (integer, inexact) = round(
      word, discarding: count, signMask: 0 &- x.sign, c, random: random, GeneralScope.self)

    let isNegative = x.sign != 0
    let limit = ((1 as UInt64) &<< UInt64(truncatingIfNeeded: width &- 1)) &- (isNegative ? 0 : 1)
    let shift = UInt64(truncatingIfNeeded: Swift.max(unit, 0))
    let isTooLarge =
      x.magnitude == c.infinity
      || (integer != 0 && (shift > 63 || integer > limit &>> shift))
    let magnitude = isTooLarge ? limit : integer &<< (shift & 63)
    let value = isNegative ? 0 &- magnitude : magnitude
    let mask: UInt64 = width == 32 ? 0xffff_ffff : ~0
    return Packed(value & mask, isTooLarge ? 16 : inexact)
  }

  /// The integer `value` rounded to the context's format.
  @inlinable @inline(__always)
  static func fromInteger<S: KernelScope>(
    _ value: Int64, _ c: Context<UInt64>, random: UInt64, _ scope: S.Type
  ) -> Packed<UInt64> {
    roundAndPack(
      sign: value < 0 ? 1 : 0, magnitude: value.magnitude, unit: c.bias &- 1, c, random: random,
      scope)
  }

  /// ± magnitude 2^(unit + emin), rounded; `unit` counts from the smallest normal exponent, and
  /// `sticky`, 0 or 1, stands for something below the magnitude's last bit.
  @inlinable @inline(__always)
  static func roundAndPack<S: KernelScope>(
    sign: UInt64, magnitude: UInt64, unit: UInt64, sticky: UInt64 = 0, _ c: Context<UInt64>,
    random: UInt64, _ scope: S.Type
  ) -> Packed<UInt64> {
    // The leading one goes to the top before the word gives up the bits that rounding needs above
    // it.
    let shift = UInt64(truncatingIfNeeded: magnitude.leadingZeroBitCount)
    let word = (magnitude &<< shift).shiftedRightJamming(2) | sticky
    let exponent = unit &+ Context<UInt64>.leadingBit &+ 2 &- shift
    return roundAndPack(
      sign: sign, exponent: exponent, significand: word, c, random: random, scope)
  }
}
