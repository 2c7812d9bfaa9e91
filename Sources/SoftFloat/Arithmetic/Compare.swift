// SPDX-License-Identifier: Apache-2.0
import Formats

extension Arithmetic {
  /// The raw value of the `Relation` of a to b; a quiet NaN signals invalid only where `signaling`.
  @inlinable @inline(__always)
  static func compare<W: Lane, S: KernelScope>(
    _ a: W, _ b: W, signaling: Bool, _ c: Context<W>, _ scope: S.Type
  ) -> Packed<W> {
    let x = Unpacked(a, c, scope)
    let y = Unpacked(b, c, scope)
    let keyX = orderKey(x), keyY = orderKey(y)
    let ordered = select(keyX < keyY, 0, select(keyX == keyY, 1, 2 as W))
    let unordered = either(c.isNaN(x.magnitude), c.isNaN(y.magnitude))
    let signals = either(
      both(unordered, signaling),
      either(c.isSignaling(x.magnitude), c.isSignaling(y.magnitude)))
    return Packed(select(unordered, 3, ordered), select(signals, 16, 0))
  }

  /// A signed integer that orders numbers as their values; both zeros are 0.
  @inlinable @inline(__always)
  static func orderKey<W: Lane>(_ x: Unpacked<W>) -> W.Signed {
    ((x.magnitude ^ (0 &- x.sign)) &+ x.sign).signed
  }

  /// The smaller, or with `larger` the larger, of a and b, -0 < +0 (IEEE 754-2019, clause 9.6).
  ///
  /// A NaN operand is delivered as a NaN, or ignored where `number` and the other operand is none.
  @inlinable @inline(__always)
  static func extremum<W: Lane, S: KernelScope>(
    _ a: W, _ b: W, larger: Bool, number: Bool, _ c: Context<W>, _ scope: S.Type
  ) -> Packed<W> {
    let x = Unpacked(a, c, scope)
    let y = Unpacked(b, c, scope)
    // The sign separates the zeros: -0 is -1 below +0.
    let isLess = (orderKey(x) &- x.sign.signed) < (orderKey(y) &- y.sign.signed)
    let nanX = c.isNaN(x.magnitude), nanY = c.isNaN(y.magnitude)
    let ordered = isLess != larger
    let takeX = select(both(number, either(nanX, nanY)), nanY, ordered)
    let sign = select(takeX, x.sign, y.sign)
    let chosen = (sign &<< c.signShift) | select(takeX, x.magnitude, y.magnitude)
    let isNaN = select(number, both(nanX, nanY), either(nanX, nanY))
    let signals = either(c.isSignaling(x.magnitude), c.isSignaling(y.magnitude))
    return Packed(
      select(isNaN, c.nan(a, b, 0, scope), chosen), select(signals, 16, 0))
  }

  /// The least number above a or, with `down`, the greatest below.
  @inlinable @inline(__always)
  static func next<W: Lane, S: KernelScope>(
    _ a: W, down: Bool, _ c: Context<W>, _ scope: S.Type
  ) -> Packed<W> {
    let sign = a &>> c.signShift
    let magnitude = a & c.magnitudeMask
    let isZero = magnitude == 0
    let grows = either(isZero, (sign == 0) != down)
    // Where there is no infinity the largest number has no successor.
    let last = select(c.infinity == W.max, c.largestFinite, c.infinity)
    let grown = Swift.min(magnitude &+ 1, last)
    let moved = select(grows, grown, magnitude &- 1)
    let newSign = select(isZero, down ? 1 : 0, sign)
    let isNaN = c.isNaN(magnitude)
    return Packed(
      select(isNaN, c.nan(a, 0, 0, scope), moved | (newSign &<< c.signShift)),
      select(c.isSignaling(magnitude), 16, 0))
  }
}
