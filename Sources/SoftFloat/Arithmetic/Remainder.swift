// SPDX-License-Identifier: Apache-2.0
import Formats

extension Arithmetic {
  /// a - n b with n the integer nearest a / b, ties to even; exact. A zero result has the sign of
  /// a.
  ///
  /// The quotient may have as many bits as the exponent range, so this one operation loops.
  @inlinable
  static func remainder(
    _ a: UInt64, _ b: UInt64, _ c: Context<UInt64>
  ) -> Packed<UInt64> {
    let x = Unpacked(a, c, GeneralScope.self)
    let y = Unpacked(b, c, GeneralScope.self)
    let invalid = both(
      either(x.magnitude == c.infinity, y.magnitude == 0),
      !either(c.isNaN(x.magnitude), c.isNaN(y.magnitude)))
    let signals = either(c.isSignaling(x.magnitude), c.isSignaling(y.magnitude))
    if either(invalid, either(c.isNaN(x.magnitude), c.isNaN(y.magnitude))) {
      return Packed(c.nan(a, b, 0, GeneralScope.self), either(invalid, signals) ? 16 : 0)
    }

    var sign = x.sign
    var rest = x.significand
    var exponent = x.exponent
    if y.magnitude != c.infinity, rest != 0 {
      let (exponentX, significandX) = x.normalized(c, GeneralScope.self)
      let (exponentY, significandY) = y.normalized(c, GeneralScope.self)
      let distance = (exponentX &- exponentY).signed
      if distance >= -1 {
        // Both in units of the smaller exponent; the quotient's low bit decides a tie.
        let divisor = distance < 0 ? significandY &<< 1 : significandY
        exponent = distance < 0 ? exponentX : exponentY
        var quotient = significandX / divisor
        rest = significandX % divisor
        var left = Swift.max(distance, 0)
        while left > 0 {
          let step = Swift.min(left, 32)
          let dividend = rest &<< UInt64(truncatingIfNeeded: step)
          quotient = dividend / divisor
          rest = dividend % divisor
          left &-= step
        }
        let twice = rest &<< 1
        if twice > divisor || (twice == divisor && quotient & 1 == 1) {
          rest = divisor &- rest
          sign ^= 1
        }
        if rest == 0 { sign = x.sign }
      }
    }
    return roundAndPack(
      sign: sign, exponent: exponent &+ Context<UInt64>.leadingBit &- c.fractionBits,
      significand: rest, c, random: 0, GeneralScope.self)
  }
}
