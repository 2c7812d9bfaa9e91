// SPDX-License-Identifier: Apache-2.0
import Formats

extension Arithmetic {
  /// a 2^n, rounded once.
  @inlinable @inline(__always)
  static func scaleB<S: KernelScope>(
    _ a: UInt64, _ n: Int32, _ c: Context<UInt64>, random: UInt64, _ scope: S.Type
  ) -> Packed<UInt64> {
    let x = Unpacked(a, c, scope)
    // Beyond ± 2^12 every format has long overflowed or underflowed to less than half its smallest.
    let shift = UInt64(truncatingIfNeeded: Swift.max(-4096, Swift.min(4096, n)))
    let finite = roundAndPack(
      sign: x.sign,
      exponent: x.exponent &+ Context<UInt64>.leadingBit &- c.fractionBits &+ shift,
      significand: x.significand, c, random: random, scope)
    let special = x.magnitude >= c.specialFrom
    let kept = (x.sign &<< c.signShift) | x.magnitude
    let bits = select(c.isNaN(x.magnitude), c.nan(a, 0, 0, scope), kept)
    return Packed(
      select(special, bits, finite.bits),
      select(special, select(c.isSignaling(x.magnitude), 16, 0), finite.flags))
  }

  /// floor(log2 |a|) as an Int32 in the low bits; Int32.min for 0 and NaN, Int32.max for
  /// infinities, each with invalid.
  @inlinable @inline(__always)
  static func logB<S: KernelScope>(
    _ a: UInt64, _ c: Context<UInt64>, _ scope: S.Type
  ) -> Packed<UInt64> {
    let x = Unpacked(a, c, scope)
    let exponent = x.normalized(c, scope).exponent &+ 1 &- c.bias
    let least = UInt64(UInt32(bitPattern: Int32.min))
    let undefined = either(x.magnitude == 0, x.magnitude >= c.specialFrom)
    let bits = select(x.magnitude == c.infinity, UInt64(UInt32(bitPattern: Int32.max)), least)
    return Packed(
      select(undefined, bits, exponent & 0xffff_ffff), select(undefined, 16, 0))
  }
}
