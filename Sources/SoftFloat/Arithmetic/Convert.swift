// SPDX-License-Identifier: Apache-2.0
import Formats

extension Arithmetic {
  /// The number in format `from` that `a` encodes, rounded to the format of `to`.
  @inlinable @inline(__always)
  static func convert<W: Lane, S: KernelScope>(
    _ a: W, from source: Context<W>, to c: Context<W>, random: W, _ scope: S.Type
  ) -> Packed<W> {
    let x = Unpacked(a, source, scope)
    let room = Context<W>.leadingBit &- source.fractionBits
    let finite = roundAndPack(
      sign: x.sign, exponent: x.exponent &+ c.bias &- source.bias,
      significand: x.significand &<< room, c, random: random, scope)

    return resolve(x.magnitude >= source.specialFrom, finite, scope) {
      let isNaN = source.isNaN(x.magnitude)
      let flagsNaN = select(source.isSignaling(x.magnitude), 16, 0) | c.convertedNaNFlags
      let signBit = x.sign &<< c.signShift
      var nan = c.invalidResult
      if S.isGeneral {
        // The payload's leading bits, left-aligned in the fraction.
        let fraction = x.magnitude & (((1 as W) &<< source.fractionBits) &- 1)
        let widened = fraction &<< (W.topBit &- source.fractionBits)
        let payload = widened &>> (W.topBit &- c.fractionBits)
        nan = select(
          both(c.propagatesNaN, c.convertedNaNFlags == 0), nan | payload | signBit, nan)
      }
      return Packed(
        select(isNaN, nan, c.convertedInfinity | signBit),
        select(isNaN, flagsNaN, c.convertedInfinityFlags))
    }
  }
}
