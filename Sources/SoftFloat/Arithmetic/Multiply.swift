// SPDX-License-Identifier: Apache-2.0
import Formats

extension Arithmetic {
  /// a b, correctly rounded.
  @inlinable @inline(__always)
  static func multiply<W: Lane, S: KernelScope>(
    _ a: W, _ b: W, _ c: Context<W>, random: W, _ scope: S.Type
  ) -> Packed<W> {
    let x = Unpacked(a, c, scope)
    let y = Unpacked(b, c, scope)
    let sign = x.sign ^ y.sign
    let finite = roundAndPack(
      sign: sign, exponent: x.exponent &+ y.exponent &+ productExponent(c),
      significand: x.significand &* y.significand, c, random: random, scope)

    let large = Swift.max(x.magnitude, y.magnitude)
    return resolve(large >= c.specialFrom, finite, scope) {
      let invalid = both(large == c.infinity, Swift.min(x.magnitude, y.magnitude) == 0)
      let signals = either(
        invalid, either(c.isSignaling(x.magnitude), c.isSignaling(y.magnitude)))
      let isNaN = either(invalid, c.isNaN(large))
      let infinity = (sign &<< c.signShift) | c.infinity
      return Packed(select(isNaN, c.nan(a, b, 0, scope), infinity), select(signals, 16, 0))
    }
  }

  /// What, added to both operands' exponents, is the exponent of a product of two significands
  /// taken as a word: its leading bit weighs 2^(leadingBit - 2 (p-1)) units, and the smallest
  /// exponent counts twice.
  @inlinable @inline(__always)
  static func productExponent<W: Lane>(_ c: Context<W>) -> W {
    Context<W>.leadingBit &- 2 &* c.fractionBits &+ 1 &- c.bias
  }
}
