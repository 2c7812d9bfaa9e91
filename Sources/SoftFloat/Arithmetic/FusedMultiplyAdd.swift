// SPDX-License-Identifier: Apache-2.0
import Formats

extension Arithmetic {
  /// a b + d with one rounding.
  @inlinable @inline(__always)
  static func fusedMultiplyAdd<W: Lane, S: KernelScope>(
    _ a: W, _ b: W, _ d: W, _ c: Context<W>, random: W, _ scope: S.Type
  ) -> Packed<W> {
    let x = Unpacked(a, c, scope)
    let y = Unpacked(b, c, scope)
    let z = Unpacked(d, c, scope)

    // Product and addend, both with their leading one a bit below the leading bit: the 2p bits of
    // the product end above the word's last two bits, so nothing is lost while they cancel.
    let product = x.significand &* y.significand
    let signProduct = x.sign ^ y.sign
    let shiftProduct = product.leadingZeros(scope) &- 3
    let shiftAddend = z.significand.leadingZeros(scope) &- 3
    let exponentOfProduct =
      x.exponent &+ y.exponent &+ productExponent(c) &- shiftProduct
    let exponentOfAddend =
      z.exponent &+ Context<W>.leadingBit &- c.fractionBits &- shiftAddend
    // Below every exponent that occurs: a zero never is the larger summand unless both are zero.
    let least = (0 as W) &- 4096
    let ep = select(product == 0, least, exponentOfProduct).signed
    let ez = select(z.significand == 0, least, exponentOfAddend).signed
    let wordProduct = product &<< shiftProduct
    let wordAddend = z.significand &<< shiftAddend

    let swap = either(ez > ep, both(ez == ep, wordAddend > wordProduct))
    let largeWord = select(swap, wordAddend, wordProduct)
    let smallWord = select(swap, wordProduct, wordAddend)
    let exponent = Swift.max(ep, ez)
    let distance = W(truncatingIfNeeded: exponent &- Swift.min(ep, ez))
    let aligned = smallWord.shiftedRightJamming(distance)
    let differ = signProduct ^ z.sign
    let sum = largeWord &+ (aligned ^ (0 &- differ)) &+ differ

    let zeroSign = (signProduct & z.sign) | (c.zeroSumSign & (signProduct | z.sign))
    let sign = select(sum == 0, zeroSign, select(swap, z.sign, signProduct))
    let finite = roundAndPack(
      sign: sign, exponent: W(truncatingIfNeeded: exponent), significand: sum, c,
      random: random, scope)

    let factors = Swift.max(x.magnitude, y.magnitude)
    let largest = Swift.max(factors, z.magnitude)
    return resolve(largest >= c.specialFrom, finite, scope) {
      let invalidProduct = both(
        factors == c.infinity, Swift.min(x.magnitude, y.magnitude) == 0)
      let invalidSum = both(
        both(factors == c.infinity, z.magnitude == c.infinity), differ != 0)
      let invalid = either(invalidProduct, invalidSum)
      let isNaN = either(invalid, c.isNaN(largest))
      let signals = either(
        either(invalid, c.isSignaling(z.magnitude)),
        either(c.isSignaling(x.magnitude), c.isSignaling(y.magnitude)))
      let signInfinity = select(factors >= c.specialFrom, signProduct, z.sign)
      let infinity = (signInfinity &<< c.signShift) | c.infinity
      return Packed(select(isNaN, c.nan(a, b, d, scope), infinity), select(signals, 16, 0))
    }
  }
}
