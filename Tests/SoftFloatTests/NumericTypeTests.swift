// SPDX-License-Identifier: Apache-2.0
import Formats
import Randomness
import SoftFloat
import Testing

@Suite("Software types behave as the standard library's do")
struct NumericTypeTests {
  /// Code that knows nothing but the protocol.
  private func logisticStep<T: BinaryFloatingPoint>(_ x: T, _ r: T) -> T {
    (r * x * (1 - x)).squareRoot().addingProduct(x, -r) / 3
  }

  @Test("generic BinaryFloatingPoint code gives Float16's bits on Binary16 and Float's on Binary32")
  func genericCode() {
    for i in 0..<2000 {
      let word = RandomWords.word(seed: 7, index: UInt64(i))
      let h = UInt16(truncatingIfNeeded: word)
      let x16 = Float16(bitPattern: h), r16 = Float16(3.7)
      // Float16.addingProduct rounds twice, so its product is left out.
      expectSame16(
        Binary16(bitPattern: h) * Binary16(3.7) - 1, x16 * r16 - 1)
      let x32 = Float(bitPattern: word)
      let got = logisticStep(Binary32(bitPattern: word), 3.7)
      let expected = logisticStep(x32, 3.7)
      #expect(got.isNaN == expected.isNaN)
      if !expected.isNaN { #expect(got.bitPattern == expected.bitPattern) }
    }
  }

  private func expectSame16(_ got: Binary16, _ expected: Float16) {
    #expect(got.isNaN == expected.isNaN)
    if !expected.isNaN { #expect(got.bitPattern == expected.bitPattern) }
  }

  @Test("every FP16 encoding has Float16's properties")
  func properties() {
    for bits in UInt16.min...UInt16.max {
      let a = Binary16(bitPattern: bits), b = Float16(bitPattern: bits)
      var same =
        a.sign == b.sign && a.exponentBitPattern == UInt32(b.exponentBitPattern)
        && a.significandBitPattern == UInt32(b.significandBitPattern) && a.isNormal == b.isNormal
        && a.isFinite == b.isFinite && a.isZero == b.isZero && a.isSubnormal == b.isSubnormal
        && a.isNaN == b.isNaN && a.isSignalingNaN == b.isSignalingNaN
        && a.exponent == b.exponent && a.significandWidth == b.significandWidth
        && a.floatingPointClass == b.floatingPointClass
      if !b.isNaN {
        same =
          same && a.significand.bitPattern == b.significand.bitPattern
          && a.binade.bitPattern == b.binade.bitPattern
          && a.nextUp.bitPattern == b.nextUp.bitPattern
          && a.nextDown.bitPattern == b.nextDown.bitPattern && a.doubleValue == Double(b)
          && a.rounded(.up).bitPattern == b.rounded(.up).bitPattern
          && a.rounded().bitPattern == b.rounded().bitPattern
          && a.magnitude.bitPattern == b.magnitude.bitPattern
          && (-a).bitPattern == (-b).bitPattern
          && (a.hashValue == Binary16(a.doubleValue).hashValue)
      }
      if b.isFinite { same = same && a.ulp.bitPattern == b.ulp.bitPattern }
      if !same { Issue.record("\(String(bits, radix: 16)): \(a) is not \(b)") }
    }
  }

  @Test("conversions from Double, Float80 and integers round once")
  func conversions() {
    #expect(BFloat16(1 + 0x1p-8 + 0x1p-40 as Double).bitPattern == 0x3f81)
    #expect(BFloat16(1 + 0x1p-8 as Double).bitPattern == 0x3f80)
    #expect(Binary16(1 + 0x1p-11 + 0x1p-40 as Double).bitPattern == 0x3c01)
    #expect(Binary32(16_777_217 as Int64).bitPattern == (16_777_216 as Float).bitPattern)
    #expect(Binary16(exactly: 2049) == nil)
    #expect(Binary16(exactly: 2050)?.doubleValue == 2050)
    #expect(Binary16(UInt128(1) << 15).doubleValue == 32768)
    #expect(Binary16((UInt128(1) << 100) + 1) == .infinity)
    #if arch(x86_64)
      let x = Float80(1) + Float80(sign: .plus, exponent: -11, significand: 1)
      #expect(Binary16(x).bitPattern == 0x3c00)
      #expect(Binary16(x.nextUp).bitPattern == 0x3c01)
    #endif
    #expect(Float8E4M3FN(500).isNaN)
    #expect(
      Float8E4M3FN.rounding(500, semantics: Semantics(overflow: .saturate)).value.doubleValue
        == 448)
    #expect(Float4E2M1FN(100).doubleValue == 6)
    #expect(Float8E8M0(3).doubleValue == 4)
  }

  @Test("the explicit form takes a rounding and returns the exceptions")
  func explicit() {
    let one = Binary16(1)
    let sum = one.adding(Binary16(bitPattern: 1), semantics: Semantics(rounding: .up))
    #expect(sum.value.bitPattern == 0x3c01)
    #expect(sum.flags == .inexact)
    #expect(one.divided(by: 0, semantics: Semantics()).flags == .divideByZero)
    #expect(
      Binary16(3).addingProduct(1, 1, semantics: Semantics()).value.doubleValue == 4)
  }

  @Test("a fused multiply-add of FP16 rounds once where Float16's rounds twice")
  func fused() {
    let a = Binary16(3), b = Binary16(683.0 / 2048), c = Binary16(0x1p-24)
    #expect(c.addingProduct(a, b).bitPattern == 0x3c01)
  }
}
