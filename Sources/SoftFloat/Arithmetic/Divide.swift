// SPDX-License-Identifier: Apache-2.0
import Formats

extension Arithmetic {
  /// a / b, correctly rounded.
  @inlinable @inline(__always)
  static func divide<W: Lane, S: KernelScope>(
    _ a: W, _ b: W, _ c: Context<W>, random: W, _ scope: S.Type
  ) -> Packed<W> {
    if S.branches, let quotient = normalQuotient(a, b, c, scope) { return quotient }
    let x = Unpacked(a, c, scope)
    let y = Unpacked(b, c, scope)
    let sign = x.sign ^ y.sign
    let (exponentX, significandX) = x.normalized(c, scope)
    let (exponentY, significandY) = y.normalized(c, scope)
    let exponent = exponentX &- exponentY &+ c.bias &- 1
    let finite =
      S.isStochastic
      ? longQuotient(sign, exponent, significandX, significandY, c, random, scope)
      : shortQuotient(sign, exponent, significandX, significandY, c, scope)

    let isSpecial = either(
      Swift.min(x.magnitude, y.magnitude) == 0,
      Swift.max(x.magnitude, y.magnitude) >= c.specialFrom)
    return resolve(isSpecial, finite, scope) {
      let isZeroDivisor = y.magnitude == 0
      let bothInfinite = both(x.magnitude == c.infinity, y.magnitude == c.infinity)
      let bothZero = both(x.magnitude == 0, isZeroDivisor)
      let invalid = either(bothInfinite, bothZero)
      let anyNaN = either(c.isNaN(x.magnitude), c.isNaN(y.magnitude))
      let isNaN = either(invalid, anyNaN)
      let signals = either(
        invalid, either(c.isSignaling(x.magnitude), c.isSignaling(y.magnitude)))
      let isInfinite = x.magnitude == c.infinity
      let byZero = both(isZeroDivisor, x.magnitude < c.specialFrom)
      let isZero = either(y.magnitude == c.infinity, x.magnitude == 0)
      let magnitude = select(isZero, 0, select(isInfinite, c.infinity, c.infinityResult))
      return Packed(
        select(isNaN, c.nan(a, b, 0, scope), magnitude | (sign &<< c.signShift)),
        select(isNaN, select(signals, 16, 0), select(byZero, 8, 0 as W)))
    }
  }

  /// a / b where both are normal numbers, which need no normalisation; nil elsewhere.
  @inlinable @inline(__always)
  static func normalQuotient<W: Lane, S: KernelScope>(
    _ a: W, _ b: W, _ c: Context<W>, _ scope: S.Type
  ) -> Packed<W>? {
    let (x, y) = (a & c.magnitudeMask, b & c.magnitudeMask)
    let hidden = (1 as W) &<< c.fractionBits
    let normals = c.largestFinite &- hidden
    guard _fastPath((x &- hidden) <= normals && (y &- hidden) <= normals) else { return nil }
    let fraction = hidden &- 1
    return shortQuotient(
      (a ^ b) &>> c.signShift, (x &>> c.fractionBits) &- (y &>> c.fractionBits) &+ c.bias &- 1,
      (x & fraction) | hidden, (y & fraction) | hidden, c, scope)
  }

  /// The quotient of normalised significands for a rounding that looks at p + 1 bits and at whether
  /// anything follows.
  ///
  /// The lane's float type has P >= 2p + 2 bits, and a quotient of p-bit integers that is no
  /// multiple of a bit within p + 1 is further from every such multiple than half an ulp at P bits:
  /// the rounded quotient lies on the same side of it, and its last bits serve as the sticky bit
  /// (Figueroa, "When is double rounding innocuous?", 1995).
  @inlinable @inline(__always)
  static func shortQuotient<W: Lane, S: KernelScope>(
    _ sign: W, _ exponent: W, _ x: W, _ y: W, _ c: Context<W>, _ scope: S.Type
  ) -> Packed<W> {
    let less: W = bit(x < y)
    return roundAndPack(
      sign: sign, exponent: exponent &- less, normalized: W.quotient(x &<< less, y), c,
      random: 0, scope)
  }

  /// The quotient of normalised significands for a stochastic rounding, which looks W.bitWidth / 2
  /// bits further.
  @inlinable @inline(__always)
  static func longQuotient<W: Lane, S: KernelScope>(
    _ sign: W, _ exponent: W, _ x: W, _ y: W, _ c: Context<W>, _ random: W, _ scope: S.Type
  ) -> Packed<W> {
    // p + 1 bits, then 12 + 4 or 25 + 10 more, in steps that `Lane.divide` takes, never above the
    // leading bit, and the remainder as the sticky bit.
    let steps: (W, W) = W.bitWidth == 32 ? (12, 4) : (25, 10)
    var scale = c.fractionBits &+ 2
    var (quotient, remainder) = W.divide(x &<< scale, by: y)
    extend(&quotient, &remainder, y, by: steps.0)
    extend(&quotient, &remainder, y, by: steps.1)
    scale = scale &+ steps.0 &+ steps.1
    return roundAndPack(
      sign: sign, exponent: exponent &+ Context<W>.leadingBit &- scale &- 1,
      significand: (quotient &<< 1) | select(remainder != 0, 1, 0), c, random: random, scope)
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
