// SPDX-License-Identifier: Apache-2.0
import Formats

extension Arithmetic {
  /// The integral value of a in the rounding direction, with inexact (roundToIntegralExact).
  @inlinable @inline(__always)
  static func roundToIntegral<W: Lane, S: KernelScope>(
    _ a: W, _ c: Context<W>, random: W, _ scope: S.Type
  ) -> Packed<W> {
    let x = Unpacked(a, c, scope)
    // The weight of the significand's last bit is 2^unit; bits that weigh less than 1 are cut off.
    let unit = (x.exponent &+ 1 &- c.bias &- c.fractionBits).signed
    let fractional = W(truncatingIfNeeded: Swift.max(0 &- unit, 0))
    let count = Swift.min(c.discarded &+ fractional, W.topBit)
    let word = (x.significand &<< c.discarded)
      .shiftedRightJamming(c.discarded &+ fractional &- count)
    let (integer, inexact) = round(
      word, discarding: count, signMask: 0 &- x.sign, c, random: random, scope)

    // The integer is exact in the format, but may exceed its largest number.
    let weight = W(truncatingIfNeeded: Swift.max(unit, 0))
    let packed = roundAndPack(
      sign: x.sign, exponent: weight &+ c.bias &- 1 &+ Context<W>.leadingBit,
      significand: integer, c, random: 0, scope)
    let special = x.magnitude >= c.specialFrom
    let isNaN = c.isNaN(x.magnitude)
    let kept = (x.sign &<< c.signShift) | x.magnitude
    return Packed(
      select(special, select(isNaN, c.nan(a, 0, 0, scope), kept), packed.bits),
      select(
        special, select(c.isSignaling(x.magnitude), 16, 0), packed.flags | inexact))
  }
}
