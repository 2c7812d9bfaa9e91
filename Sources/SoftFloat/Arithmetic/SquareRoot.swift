// SPDX-License-Identifier: Apache-2.0
import Formats

extension Arithmetic {
  /// sqrt(a), correctly rounded; sqrt(-0) = -0.
  @inlinable @inline(__always)
  static func squareRoot<W: Lane, S: KernelScope>(
    _ a: W, _ c: Context<W>, random: W, _ scope: S.Type
  ) -> Packed<W> {
    let x = Unpacked(a, c, scope)
    let (exponent, significand) = x.normalized(c, scope)

    // The exponent of the hidden bit is exponent + emin; an odd one gives a bit to the radicand.
    let unbiased = exponent &+ 1 &- c.bias
    let odd = unbiased & 1
    let half = W(truncatingIfNeeded: (unbiased &- odd).signed &>> 1) &+ c.bias &- 1
    let root =
      S.isStochastic
      ? longRoot(half, odd, significand, c, random, scope)
      : shortRoot(half, odd, significand, c, scope)

    // Any sign is likely, so a negative number is no case for a branch.
    let isNegative = x.sign != 0
    let delivered = Packed(
      select(isNegative, c.invalidResult, root.bits), select(isNegative, 16, root.flags))
    let isSpecial = either(x.magnitude == 0, x.magnitude >= c.specialFrom)
    return resolve(isSpecial, delivered, scope) {
      let isNaN = c.isNaN(x.magnitude)
      let invalid = both(both(isNegative, x.magnitude == c.infinity), !isNaN)
      let signals = either(c.isSignaling(x.magnitude), invalid)
      let kept = (x.sign &<< c.signShift) | x.magnitude
      return Packed(
        select(either(isNaN, invalid), c.nan(a, 0, 0, scope), kept), select(signals, 16, 0))
    }
  }

  /// The root of a normalised significand for a rounding that looks at p + 1 bits and at whether
  /// anything follows: the lane's float type has P >= 2p + 2 bits, which decide as they do for
  /// `shortQuotient`.
  @inlinable @inline(__always)
  static func shortRoot<W: Lane, S: KernelScope>(
    _ exponent: W, _ odd: W, _ significand: W, _ c: Context<W>, _ scope: S.Type
  ) -> Packed<W> {
    roundAndPack(
      sign: 0, exponent: exponent,
      normalized: W.root(significand, odd: odd, position: c.fractionBits), c, random: 0, scope)
  }

  /// The root of a normalised significand for a stochastic rounding, which looks W.bitWidth / 2
  /// bits further.
  @inlinable @inline(__always)
  static func longRoot<W: Lane, S: KernelScope>(
    _ exponent: W, _ odd: W, _ significand: W, _ c: Context<W>, _ random: W, _ scope: S.Type
  ) -> Packed<W> {
    // The radicand is scaled to 2^(2 rootBits - 2) ..< 2^(2 rootBits), with rootBits > p.
    let radicand = significand &<< (2 &* W.rootBits &- 2 &- c.fractionBits &+ odd)
    var (root, remainder) = W.integerRoot(radicand)
    let bits = W.rootBits &+ extendRoot(&root, &remainder)
    return roundAndPack(
      sign: 0, exponent: exponent &+ Context<W>.leadingBit &- bits,
      significand: (root &<< 1) | select(remainder != 0, 1, 0), c, random: random, scope)
  }

  /// Appends bits to a root: nearly as many as it has by one division, then a few one by one;
  /// returns how many.
  ///
  /// The division is Zimmermann's ("Karatsuba Square Root", 1999): with R = s^2 + r, the next k
  /// bits of the root of R 2^(2k) are floor(r 2^k / 2s) or one less.
  @inlinable @inline(__always)
  static func extendRoot<W: Lane>(_ root: inout W, _ remainder: inout W) -> W {
    // 12 + 11 + 5 or 26 + 26 + 5 bits in all, at least p + W.bitWidth / 2.
    let k: W = W.bitWidth == 32 ? 11 : 26
    let (digits, part) = W.divide(remainder &<< k, by: root &<< 1)
    let rest = (part &<< k) &- digits &* digits
    let tooLarge = rest &>> W.topBit
    root = (root &<< k) &+ digits
    remainder = select(tooLarge != 0, rest &+ (root &<< 1) &- 1, rest)
    root = root &- tooLarge
    appendBit(&root, &remainder)
    appendBit(&root, &remainder)
    appendBit(&root, &remainder)
    appendBit(&root, &remainder)
    appendBit(&root, &remainder)
    return k &+ 5
  }

  @inlinable @inline(__always)
  static func appendBit<W: Lane>(_ root: inout W, _ remainder: inout W) {
    let shifted = remainder &<< 2
    let trial = (root &<< 2) | 1
    let fits = shifted >= trial
    remainder = select(fits, shifted &- trial, shifted)
    root = (root &<< 1) | select(fits, 1, 0)
  }
}
