// SPDX-License-Identifier: Apache-2.0
import Formats
import Randomness
import Testing

@Suite("Natural numbers of any size")
struct BigNaturalTests {
  /// Numbers of up to 12 limbs, long runs of equal bits among them: these bring out the rare
  /// corrections of a division.
  private func sample(_ index: UInt64) -> BigNatural {
    var value = BigNatural()
    let count = RandomWords.word(seed: 5, index: index << 8) % 12
    for i in 0..<UInt64(count) {
      let word = RandomWords.word(seed: 6, index: index << 8 | i)
      let limb: UInt32 = word & 3 == 0 ? .max : word & 3 == 1 ? 0 : word & 3 == 2 ? 1 << 31 : word
      value = value << 32 + BigNatural(UInt64(limb))
    }
    return value
  }

  @Test("Quotient and remainder restore the dividend")
  func division() {
    let wrong = (0..<4_000 as Range<UInt64>).first { index in
      let a = sample(2 * index)
      let b = sample(2 * index + 1) + BigNatural(index & 1)
      guard !b.isZero else { return false }
      let parts = a.quotientAndRemainder(by: b)
      return parts.remainder >= b || parts.quotient * b + parts.remainder != a
    }
    #expect(wrong == nil)
  }

  @Test("Sums, differences and products agree with UInt128")
  func smallArithmetic() {
    let wrong = (0..<2_000 as Range<UInt64>).first { index in
      let x = UInt64(RandomWords.word(seed: 7, index: index)) << (index % 32)
      let y = UInt64(RandomWords.word(seed: 8, index: index)) << (index % 29)
      let product = UInt128(x) * UInt128(y)
      let big = BigNatural(x) * BigNatural(y)
      let sum = BigNatural(x) + BigNatural(y)
      return big.low64 != UInt64(truncatingIfNeeded: product)
        || (big >> 64).low64 != UInt64(product >> 64)
        || big.decimalDigits.map(String.init).joined() != product.description
        || sum - BigNatural(y) != BigNatural(x)
        || BigNatural(decimalDigits: big.decimalDigits) != big
    }
    #expect(wrong == nil)
  }

  @Test("The square root is the largest with a square not larger")
  func squareRoot() {
    let wrong = (0..<300 as Range<UInt64>).first { index in
      let value = sample(index)
      let root = value.squareRoot
      let next = root + BigNatural(1)
      return root * root > value || next * next <= value
    }
    #expect(wrong == nil)
  }

  @Test("Shifts and bits")
  func shifts() {
    let value = BigNatural(0b1011) << 70
    #expect(value.bitWidth == 74 && value.trailingZeroBitCount == 70)
    #expect(value.bit(70) && !value.bit(72) && !value.bit(69) && !value.bit(500))
    #expect(value >> 70 == BigNatural(0b1011) && value >> 71 == BigNatural(0b101))
    #expect((value >> 74).isZero && (BigNatural() << 5).isZero)
    #expect(BigNatural.power(10, 30).decimalDigits == [1] + [UInt8](repeating: 0, count: 30))
  }
}
