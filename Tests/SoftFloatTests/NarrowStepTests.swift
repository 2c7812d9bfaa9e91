// SPDX-License-Identifier: Apache-2.0
import Formats
import Randomness
import Testing

@testable import SoftFloat

/// The shortcuts of sums in narrow formats and of conversions, against what they stand for.
@Suite struct NarrowStepTests {
  private func random(_ seed: UInt64, _ index: Int) -> UInt32 {
    RandomWords.word(seed: seed, index: UInt64(index))
  }

  /// A number of BF16 whose exponent is at most 55 in magnitude, one of its 128 significands.
  private func moderate(_ word: UInt32) -> Float {
    let exponent = 127 - 55 + word % 111
    return Float(bitPattern: word & 0x8000_0000 | exponent << 23 | (word >> 8 & 0x7f) << 16)
  }

  @Test(
    "One-rounding BF16 sums with moderate products are those of any, and fma's, bit by bit"
  )
  func moderateSums() {
    let fma = ScalarEvaluator(.fma, format: .bf16, to: .bf16, semantics: Semantics())
    var (differing, roundedTwice) = (0, 0)
    for i in 0..<400_000 {
      let x = moderate(random(1, i))
      let y = moderate(random(2, i))
      // Any sum; one that cancels the product; one beside a tie of the product's last places.
      let product = (x * y).bitPattern
      let near = UInt32(bitPattern: Int32(bitPattern: random(4, i)) >> 29) << 16
      let sum =
        switch i % 3 {
        case 0: random(3, i) & 0xffff_0000
        case 1: ((product ^ 0x8000_0000) & 0xffff_0000) &+ near
        default: (product &+ (8 + random(3, i) % 3) << 23) & 0xffff_0000
        }
      let s = Float(bitPattern: sum)
      guard !s.isNaN else { continue }
      let fast = ModerateBFloat16Fused.add(x, y, to: s).bitPattern
      let wide = BFloat16Fused.add(x, y, to: s).bitPattern
      let exact = fma(
        UInt64(x.bitPattern >> 16), UInt64(y.bitPattern >> 16), UInt64(sum >> 16), index: 0)
      // What the cases are for: a sum that is rounded to FP32 first is another one in some of them.
      let twice = BFloat16Rounding.roundOrdinary(s + x * y).bitPattern
      roundedTwice += fast == twice ? 0 : 1
      differing += fast == wide && UInt64(fast >> 16) == exact.value ? 0 : 1
    }
    #expect(differing == 0 && roundedTwice > 100, "\(roundedTwice)")
  }

  @Test(
    "Products count as moderate up to 2^110 and from 2^-110 on, and never with an infinity or a NaN"
  )
  func bounds() {
    #expect(BFloat16Fused.isModerate(0x1p-55...0x1p55, 0x1p-55...0x1p55))
    #expect(!BFloat16Fused.isModerate(0x1p-56...1, 0x1p-55...1))
    #expect(!BFloat16Fused.isModerate(1...0x1p56, 1...0x1p55))
    #expect(!BFloat16Fused.isModerate(1 ... .infinity, 0x1p-130...0x1p-120))
    #expect(!BFloat16Fused.isModerate(0...0, 1...1))
    #expect(!Binary16Fused.isModerate(1...1, 1...1))
  }

  @Test(
    "Products of moderate and of any operands, one beside the other, have the scalar sums' bits")
  func products() {
    let shape = ProductShape(rows: 7, inner: 70, columns: 33)
    let fma = ScalarEvaluator(.fma, format: .bf16, to: .bf16, semantics: Semantics())
    for extreme in [false, true] {
      var a = (0..<shape.rows * shape.inner).map { moderate(random(5, $0)) }
      let b = (0..<shape.inner * shape.columns).map { moderate(random(6, $0)) }
      // One operand that is not moderate sends its whole panel the other way.
      if extreme { a[3] = 0x1p120 }
      var c = [Float](repeating: 0, count: shape.rows * shape.columns)
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          c.withUnsafeMutableBufferPointer { c in
            guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else {
              return
            }
            TensorKernels.multiply(
              .float(a, stride: shape.inner), .float(b, stride: shape.columns),
              into: .float(c, stride: shape.columns, .overwrite), shape: shape,
              accumulation: Accumulation(.bf16), threads: 1)
          }
        }
      }
      for row in 0..<shape.rows {
        for column in 0..<shape.columns {
          var sum: UInt64 = 0
          for k in 0..<shape.inner {
            sum =
              fma(
                UInt64(a[row * shape.inner + k].bitPattern >> 16),
                UInt64(b[k * shape.columns + column].bitPattern >> 16), sum, index: 0
              ).value
          }
          #expect(UInt64(c[row * shape.columns + column].bitPattern >> 16) == sum)
        }
      }
    }
  }

  @Test(
    "Conversions of binary16 without instructions are the language's, at every number and midpoint")
  func conversions() {
    var differing = 0
    func check(_ x: Float) {
      let y = Float16(x)
      let isSame =
        x.isNaN
        ? Binary16Conversion.rounded(x).isNaN
          && Float16(bitPattern: Binary16Conversion.encoding(x)).isNaN
        : Binary16Conversion.rounded(x).bitPattern == Float(y).bitPattern
          && Binary16Conversion.encoding(x) == y.bitPattern
      differing += isSame ? 0 : 1
    }
    for encoding in UInt16.min...UInt16.max {
      let x = Float(Float16(bitPattern: encoding))
      let value = Binary16Conversion.value(encoding)
      differing += x.isNaN ? (value.isNaN ? 0 : 1) : (value.bitPattern == x.bitPattern ? 0 : 1)
      // The number, the midpoint to the next one, and their FP32 neighbours.
      let next = Float(Float16(bitPattern: encoding &+ 1))
      for point in [x, x / 2 + next / 2] {
        for step in -2...2 {
          check(
            Float(
              bitPattern: UInt32(bitPattern: Int32(bitPattern: point.bitPattern) &+ Int32(step))))
        }
      }
    }
    for i in 0..<1 << 20 { check(Float(bitPattern: random(7, i))) }
    #expect(differing == 0)
  }
}
