// SPDX-License-Identifier: Apache-2.0
import Formats

/// An encoding and the exceptions that go with it, in the words of a lane.
@frozen
public struct Packed<W: Lane>: Sendable {
  /// The encoding.
  public var bits: W
  /// The raw value of `Exceptions`.
  public var flags: W

  /// The pair.
  @inlinable @inline(__always)
  public init(_ bits: W, _ flags: W) {
    self.bits = bits
    self.flags = flags
  }
}

/// The operations, each written once over lanes; scalar functions and loops over buffers call the
/// same code.
public enum Arithmetic {
  /// `exceptional` where the operands are special, else `finite`.
  @inlinable @inline(__always)
  static func resolve<W: Lane, S: KernelScope>(
    _ isSpecial: Bool, _ finite: Packed<W>, _: S.Type, _ exceptional: () -> Packed<W>
  ) -> Packed<W> {
    if S.branches { return _slowPath(isSpecial) ? exceptional() : finite }
    let other = exceptional()
    return Packed(
      select(isSpecial, other.bits, finite.bits), select(isSpecial, other.flags, finite.flags))
  }

  /// The word's integer part above `count` discarded bits, rounded in the context's direction: the
  /// one place where a rounding is decided.
  ///
  /// `word` is below 2^(width-2); `count` is in 1..<width. `random` holds the random word of a
  /// stochastic rounding at the top of the lane.
  @inlinable @inline(__always)
  static func round<W: Lane, S: KernelScope>(
    _ word: W, discarding count: W, signMask: W, _ c: Context<W>, random: W, _: S.Type
  ) -> (kept: W, inexact: W) {
    let rest = ((1 as W) &<< count) &- 1
    let even = (word &>> count) & c.evenBit
    let increments = c.incrementPositive ^ (signMask & c.incrementXor)
    var increment = ((rest &>> c.nearestShift) & increments) &+ c.awayBit &+ even
    if S.isStochastic {
      // W.topBit - count + 1 in 1...width-1, because count is in 1..<width.
      increment = increment &+ ((random & c.randomMask) &>> (W.topBit &- count &+ 1))
    }
    let rounded = (word &+ increment) &>> count
    let inexact = select((word & rest) != 0, 1 as W, 0)
    return (rounded | (inexact & c.oddBit), inexact)
  }

  /// The encoding nearest, in the rounding direction, to ± significand 2^(exponent - leadingBit).
  ///
  /// `exponent` counts from the smallest normal exponent: it is the exponent field less one that a
  /// number has whose leading one stands at `Context.leadingBit`. `significand` is below
  /// 2^(leadingBit + 1), its last bit sticky; it need not be normalised, and zero is allowed.
  /// `sign` is 0 or 1. The exponent is below 2^9 in a 32-bit lane of a format with 23 fraction
  /// bits.
  @inlinable @inline(__always)
  static func roundAndPack<W: Lane, S: KernelScope>(
    sign: W, exponent: W, significand: W, _ c: Context<W>, random: W, _ scope: S.Type
  ) -> Packed<W> {
    let shift = significand.leadingZeros(scope) &- 2
    return roundAndPack(
      sign: sign, exponent: exponent &- shift, normalized: significand &<< shift,
      isZero: significand == 0, c, random: random, scope)
  }

  /// The encoding nearest, in the rounding direction, to ± word 2^(exponent - leadingBit), for a
  /// word whose leading one already stands at `Context.leadingBit`; ± 0 where `isZero`. The rest as
  /// above.
  ///
  /// An operation that knows its result's exponent before the significand keeps most of the work
  /// here off the path that waits for a division.
  @inlinable @inline(__always)
  static func roundAndPack<W: Lane, S: KernelScope>(
    sign: W, exponent: W, normalized word: W, isZero: Bool = false, _ c: Context<W>, random: W,
    _ scope: S.Type
  ) -> Packed<W> {
    let e = exponent.signed
    let signMask = 0 &- sign

    let below = W(truncatingIfNeeded: Swift.max(0 &- e, 0))
    var (aligned, count) = (word, Swift.min(c.discarded &+ below, W.topBit))
    if S.isStochastic {
      // A stochastic rounding looks at the leading discarded bits, so they must stand in their
      // place.
      (aligned, count) = (word.shiftedRightJamming(below), c.discarded)
    }
    let (kept, inexact) = round(
      aligned, discarding: count, signMask: signMask, c, random: random, scope)
    let encoded = (W(truncatingIfNeeded: Swift.max(e, 0)) &<< c.fractionBits) &+ kept
    var magnitude = select(isZero, 0, encoded)

    let overflows = magnitude > c.largestFinite
    var carrying = c.carryPositive ^ (signMask & c.carryXor)
    if S.isStochastic {
      carrying =
        carrying
        &+ (((random & c.randomMask) &>> (W.topBit &- c.discarded &+ 1)) & c.afterRounding)
    }
    let carry = (word &+ carrying) &>> (W.topBit &- 1)
    let tiny = W(truncatingIfNeeded: e &+ carry.signed) &>> W.topBit
    var flags = inexact | select(overflows, 5, 0) | ((tiny & inexact) &<< 1)
    if S.isGeneral {
      let flushed = both(c.flushesResults, both(tiny != 0, !isZero))
      magnitude = select(flushed, 0, magnitude)
      flags = select(flushed, 3, flags)
    }
    let overflow = c.overflowPositive ^ (signMask & c.overflowXor)
    return Packed(select(overflows, overflow, magnitude) | (sign &<< c.signShift), flags)
  }
}
