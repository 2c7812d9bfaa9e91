// SPDX-License-Identifier: Apache-2.0

import Formats

extension Arithmetic {
  /// sqrt(a), correctly rounded; sqrt(-0) = -0.
  @inlinable @inline(__always)
  static func squareRoot<W: Lane, S: KernelScope>(
    _ a: W, _ c: Context<W>, random: W, _ scope: S.Type
  ) -> Packed<W> {
    let x = Unpacked(a, c, scope)
    let (exponent, significand) = x.normalized(c)

    // The exponent of the hidden bit is exponent + emin; an odd one gives a bit to the radicand, which is
    // in 2^(2p) ..< 2^(2p+2), so the root has p + 1 bits.
    let unbiased = exponent &+ 1 &- c.bias
    let odd = unbiased & 1
    let radicand = significand &<< (c.fractionBits &+ 2 &+ odd)
    var root = W.root(radicand)
    var remainder = radicand &- root &* root
    var bits = c.fractionBits &+ 2
    if S.isGeneral {
      // A stochastic rounding looks W.bitWidth / 2 bits further: one bit a step, digit by digit.
      let further = W.bitWidth / 2 + 1
      for _ in 0..<further {
        remainder = remainder &<< 2
        let trial = (root &<< 2) | 1
        let fits = remainder >= trial
        remainder = select(fits, remainder &- trial, remainder)
        root = (root &<< 1) | select(fits, 1, 0)
      }
      bits = bits &+ W(truncatingIfNeeded: further)
    }
    let half = W(truncatingIfNeeded: (unbiased &- odd).signed &>> 1)
    let finite = roundAndPack(
      sign: 0, exponent: half &+ c.bias &- 1 &+ Context<W>.leadingBit &- bits,
      significand: (root &<< 1) | select(remainder != 0, 1, 0), c, random: random, scope)

    let isZero = x.magnitude == 0
    let anyNaN = c.isNaN(x.magnitude)
    let invalid = both(x.sign != 0, both(x.magnitude != 0, x.magnitude <= c.nanAbove))
    let isNaN = either(anyNaN, invalid)
    let special = either(either(isZero, isNaN), x.magnitude >= c.specialFrom)
    let signals = either(c.isSignaling(x.magnitude), invalid)
    let kept = (x.sign &<< c.signShift) | x.magnitude
    return Packed(
      select(special, select(isNaN, c.nan(a, 0, 0, scope), kept), finite.bits),
      select(special, select(signals, 16, 0), finite.flags))
  }
}
