// SPDX-License-Identifier: Apache-2.0

import Formats

extension Arithmetic {
  /// a / b, correctly rounded.
  @inlinable @inline(__always)
  static func divide<W: Lane, S: KernelScope>(
    _ a: W, _ b: W, _ c: Context<W>, random: W, _ scope: S.Type
  ) -> Packed<W> {
    let x = Unpacked(a, c, scope)
    let y = Unpacked(b, c, scope)
    let sign = x.sign ^ y.sign
    let (exponentX, significandX) = x.normalized(c)
    let (exponentY, significandY) = y.normalized(c)
    let isZeroDivisor = y.magnitude == 0

    // p + 1 quotient bits at least, and the remainder as the sticky bit.
    var scale = c.fractionBits &+ 2
    let dividend = significandX &<< scale
    var (quotient, remainder) = W.divide(dividend, by: significandY)
    if S.isStochastic {
      // A stochastic rounding looks W.bitWidth / 2 bits further: 12 + 4 or 25 + 10 more, in steps that
      // `Lane.divide` takes, never above the leading bit.
      let steps: (W, W) = W.bitWidth == 32 ? (12, 4) : (25, 10)
      extend(&quotient, &remainder, significandY, by: steps.0)
      extend(&quotient, &remainder, significandY, by: steps.1)
      scale = scale &+ steps.0 &+ steps.1
    }
    let significand = (quotient &<< 1) | select(remainder != 0, 1, 0)
    let exponent =
      exponentX &- exponentY &+ c.bias &- 1 &+ Context<W>.leadingBit &- scale &- 1
    let finite = roundAndPack(
      sign: sign, exponent: exponent, significand: significand, c, random: random, scope)

    let bothInfinite = both(x.magnitude == c.infinity, y.magnitude == c.infinity)
    let bothZero = both(x.magnitude == 0, isZeroDivisor)
    let invalid = either(bothInfinite, bothZero)
    let anyNaN = either(c.isNaN(x.magnitude), c.isNaN(y.magnitude))
    let isNaN = either(invalid, anyNaN)
    let signals = either(
      invalid, either(c.isSignaling(x.magnitude), c.isSignaling(y.magnitude)))
    let isInfinite = x.magnitude == c.infinity
    let byZero = both(isZeroDivisor, x.magnitude < c.specialFrom)
    let isZero = y.magnitude == c.infinity
    let magnitude = select(
      isZero, 0, select(isInfinite, c.infinity, c.infinityResult))
    let special = either(
      isZeroDivisor, Swift.max(x.magnitude, y.magnitude) >= c.specialFrom)
    let flags = select(isNaN, select(signals, 16, 0), select(byZero, 8, 0 as W))
    return Packed(
      select(
        special, select(isNaN, c.nan(a, b, 0, scope), magnitude | (sign &<< c.signShift)),
        finite.bits),
      select(special, flags, finite.flags))
  }

  /// Appends `step` bits to a quotient.
  @inlinable @inline(__always)
  static func extend<W: Lane>(
    _ quotient: inout W, _ remainder: inout W, _ divisor: W, by step: W
  ) {
    let digits = W.divide(remainder &<< step, by: divisor)
    quotient = (quotient &<< step) | digits.quotient
    remainder = digits.remainder
  }
}
