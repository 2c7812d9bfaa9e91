// SPDX-License-Identifier: Apache-2.0
import Formats

extension Arithmetic {
  /// a + b, correctly rounded.
  @inlinable @inline(__always)
  static func add<W: Lane, S: KernelScope>(
    _ a: W, _ b: W, _ c: Context<W>, random: W, _ scope: S.Type
  ) -> Packed<W> {
    sum(a, b, negation: 0, c, random: random, scope)
  }

  /// a - b, correctly rounded.
  @inlinable @inline(__always)
  static func subtract<W: Lane, S: KernelScope>(
    _ a: W, _ b: W, _ c: Context<W>, random: W, _ scope: S.Type
  ) -> Packed<W> {
    sum(a, b, negation: 1, c, random: random, scope)
  }

  /// a + b or, with `negation` 1, a - b.
  @inlinable @inline(__always)
  static func sum<W: Lane, S: KernelScope>(
    _ a: W, _ b: W, negation: W, _ c: Context<W>, random: W, _ scope: S.Type
  ) -> Packed<W> {
    let x = Unpacked(a, c, scope)
    let y = Unpacked(b, c, scope)
    let signY = y.sign ^ negation
    let large = Unpacked(
      sign: select(y.magnitude > x.magnitude, signY, x.sign),
      magnitude: Swift.max(x.magnitude, y.magnitude), c)
    let small = Unpacked(sign: 0, magnitude: Swift.min(x.magnitude, y.magnitude), c)

    // One bit below the leading bit leaves room for the carry; the bits below the fraction are
    // zero, so jamming the smaller operand keeps the sum's rounding.
    let room = c.discarded &- 1
    let aligned = (small.significand &<< room)
      .shiftedRightJamming(large.exponent &- small.exponent)
    let differ = x.sign ^ signY
    let sum = (large.significand &<< room) &+ (aligned ^ (0 &- differ)) &+ differ

    let zeroSign = (x.sign & signY) | (c.zeroSumSign & (x.sign | signY))
    let sign = select(sum == 0, zeroSign, large.sign)
    let finite = roundAndPack(
      sign: sign, exponent: large.exponent &+ 1, significand: sum, c, random: random, scope)

    return resolve(large.magnitude >= c.specialFrom, finite, scope) {
      let invalid = both(both(x.magnitude == c.infinity, y.magnitude == c.infinity), differ != 0)
      let signals = either(
        invalid, either(c.isSignaling(x.magnitude), c.isSignaling(y.magnitude)))
      let isNaN = either(invalid, c.isNaN(large.magnitude))
      let infinity = (large.sign &<< c.signShift) | c.infinity
      return Packed(select(isNaN, c.nan(a, b, 0, scope), infinity), select(signals, 16, 0))
    }
  }
}
