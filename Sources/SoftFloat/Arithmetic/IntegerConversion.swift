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
    // Two bits fewer than the magnitude may have; jamming them keeps every rounding.
    roundAndPack(
      sign: value < 0 ? 1 : 0, exponent: c.bias &- 1 &+ Context<UInt64>.leadingBit &+ 2,
      significand: value.magnitude.shiftedRightJamming(2), c, random: random, scope)
  }
}
