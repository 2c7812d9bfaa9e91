// SPDX-License-Identifier: Apache-2.0
import Formats

/// Encodings at the ends and in the middle of binades, of both signs: zeros, the least and the largest
/// subnormal numbers, powers of two and their neighbours, infinities and NaNs among them.
struct BoundaryNumbers {
  private let exponents: [UInt64]
  private let fractions: [UInt64]
  private let fractionBits: UInt64
  private let operands: Int

  /// Of one operand every exponent with twelve fractions; of several, whose tuples are many, the
  /// exponents around zero, one, the format's precision and its ends, with five.
  init(_ format: Format, operands: Int) {
    fractionBits = UInt64(format.fractionBits)
    self.operands = operands
    let largest = (UInt64(1) << UInt64(format.exponentBits)) - 1
    let last = (UInt64(1) << fractionBits) - 1
    let half = (last + 1) / 2
    func kept(_ values: [Int], through last: UInt64) -> [UInt64] {
      Set(values.filter { $0 >= 0 && $0 <= Int(last) }).sorted().map(UInt64.init)
    }
    if operands == 1 {
      exponents = Array(0...largest)
      let (h, l) = (Int(half), Int(last))
      fractions = kept([0, 1, 2, 3, h - 1, h, h + 1, l - 3, l - 2, l - 1, l], through: last)
    } else {
      let (bias, p, l) = (1 - format.minExponent, format.precision, Int(largest))
      exponents = kept(
        [0, 1, 2, bias - p, bias - p + 1, bias - 1, bias, bias + 1, bias + p - 1, bias + p]
          + [l - 2, l - 1, l], through: largest)
      fractions = kept([0, 1, Int(half), Int(last) - 1, Int(last)], through: last)
    }
  }

  /// How many there are.
  var count: UInt64 { UInt64(2 * exponents.count * fractions.count) }

  /// How many tuples of operands they make.
  var tuples: UInt64 { (0..<operands).reduce(1) { product, _ in product * count } }

  /// An operand of a tuple.
  func encoding(_ position: Int, ofTuple index: UInt64) -> UInt64 {
    let place = (position + 1..<operands).reduce(index) { rest, _ in rest / count }
    return encoding(place % count)
  }

  /// The encoding of a number below `count`.
  func encoding(_ index: UInt64) -> UInt64 {
    let (rest, fraction) = Int(index).quotientAndRemainder(dividingBy: fractions.count)
    let (sign, exponent) = rest.quotientAndRemainder(dividingBy: exponents.count)
    let bits = exponents[exponent] << fractionBits | fractions[fraction]
    return sign == 0 ? bits : bits | 1 << (fractionBits + exponentBits)
  }

  private var exponentBits: UInt64 {
    UInt64(UInt64.bitWidth - (exponents.last ?? 0).leadingZeroBitCount)
  }
}
