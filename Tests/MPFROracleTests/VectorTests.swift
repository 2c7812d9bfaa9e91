// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import Randomness
import Testing

/// Results known from elsewhere: published defects of other implementations, and small cases worked
/// out by hand.
struct VectorTests {
  @Test("cases that implementations rounding twice get wrong")
  func doubleRoundingVectors() {
    #expect(evaluate(.fma, 0x5bab, 0x4cfd, 0x7701) == delivered(0x7819, .inexact))
    #expect(evaluate(.fma, 0x8400, 0x0001, 0x7bff) == delivered(0x7bff, .inexact))
    let truncated = Semantics(rounding: .towardZero)
    #expect(
      evaluate(.fma, 0x8400, 0x0001, 0x7bff, .fp16, truncated) == delivered(0x7bfe, .inexact))
    #expect(evaluate(.mul, 0x3c01, 0x0202) == delivered(0x0203, [.underflow, .inexact]))
    // The quotient is the tie -21.5 x 2^-24.
    #expect(evaluate(.div, 0x090a, 0xd780) == delivered(0x8016, [.underflow, .inexact]))
    // 3 x 683/2048 + 2^-24 is just above the tie between 1 and 1 + 2^-10.
    #expect(evaluate(.fma, 0x4200, 0x3556, 0x0001).value == 0x3c01)
  }

  @Test("rounding 1 + 2^-11 + 2^-40 to binary16 looks at the last bit")
  func stickyBeyondBinary32() {
    // The tie 1 + 2^-11 and 2^-40, whose sum no binary32 number holds.
    let tie: UInt64 = 0x3f80_1000
    let tiny: UInt64 = 0x2b80_0000
    let sum = Oracle.exactValue(.add, tie, tiny, 0, format: .fp32)
    #expect(sum?.decimalText().hasPrefix("1.0004882812509094947") == true)
    #expect(sum?.ulpError(of: 0x3c01, in: .fp16) ?? 0 < 0.5)
    #expect(sum?.ulpError(of: 0x3c00, in: .fp16) ?? 0 < -0.5)
  }

  @Test("the overflow thresholds of binary16, e4m3 and e5m2")
  func overflowThresholds() {
    // 65504 + 16 ties with the number after the largest.
    #expect(evaluate(.add, 0x7bff, 0x4c00) == delivered(0x7c00, [.overflow, .inexact]))
    #expect(evaluate(.add, 0x7bff, 0x4bff) == delivered(0x7bff, .inexact))
    for rounding in [Rounding.towardZero, .down, .toOdd] {
      let semantics = Semantics(rounding: rounding)
      #expect(
        evaluate(.add, 0x7bff, 0x7bff, 0, .fp16, semantics)
          == delivered(0x7bff, [.overflow, .inexact]))
    }
    // binary32 464 ties between 448 and the missing 480; torch makes 61440 infinite in e5m2.
    let cases: [(UInt64, Format, UInt64, Exceptions)] = [
      (0x43e8_0000, .e4m3, 0x7e, .inexact), (0x43e8_0001, .e4m3, 0x7f, [.overflow, .inexact]),
      (0xc3f0_0000, .e4m3, 0xff, [.overflow, .inexact]),
      (0x476f_ffff, .e5m2, 0x7b, .inexact), (0x4770_0000, .e5m2, 0x7c, [.overflow, .inexact]),
      (0x40e0_0000, .e2m1, 0x7, [.overflow, .inexact]), (0x40a0_0000, .e2m1, 0x6, .inexact),
    ]
    for (bits, format, value, flags) in cases {
      #expect(evaluate(.convert, bits, 0, 0, .fp32, to: format) == delivered(value, flags))
    }
    let saturating = Semantics(overflow: .saturate)
    #expect(evaluate(.convert, 0xc3f0_0000, 0, 0, .fp32, to: .e4m3, saturating).value == 0xfe)
    #expect(evaluate(.convert, 0x7f80_0000, 0, 0, .fp32, to: .fp16, saturating).value == 0x7bff)
  }

  @Test("tininess after rounding spares what rounds up to the smallest normal number")
  func tininess() {
    // 2^-14 - 2^-26 ties up to 2^-14 with 11 bits; 2^-14 - 2^-25 needs only 11 bits itself but is
    // inexact as a subnormal number.
    let tiesUp: UInt64 = 0x387f_f000
    let elevenBits: UInt64 = 0x387f_e000
    let before = Semantics(tininess: .beforeRounding)
    #expect(evaluate(.convert, tiesUp, 0, 0, .fp32, to: .fp16) == delivered(0x0400, .inexact))
    #expect(
      evaluate(.convert, tiesUp, 0, 0, .fp32, to: .fp16, before)
        == delivered(0x0400, [.underflow, .inexact]))
    #expect(
      evaluate(.convert, elevenBits, 0, 0, .fp32, to: .fp16)
        == delivered(0x0400, [.underflow, .inexact]))
    // An exact subnormal result signals nothing; flushed, it signals both.
    #expect(evaluate(.mul, 0x0400, 0x3800) == delivered(0x0200))
    let flushing = Semantics(subnormals: .flushResults)
    #expect(
      evaluate(.mul, 0x8400, 0x3800, 0, .fp16, flushing)
        == delivered(0x8000, [.underflow, .inexact]))
  }

  @Test("stochastic rounding increments for exactly the words that carry")
  func stochastic() {
    // binary32 1 + 2^-12 lies a quarter of an ulp of binary16 above 1.
    let quarter: UInt64 = 0x3f80_0800
    let semantics = Semantics(rounding: .stochastic(bits: 2, seed: 42))
    var ups = 0
    for index in UInt64(0)..<4096 {
      let carries = RandomWords.word(seed: 42, index: index) >> 30 == 3
      let result = evaluate(.convert, quarter, 0, 0, .fp32, to: .fp16, semantics, index: index)
      #expect(result == delivered(carries ? 0x3c01 : 0x3c00, .inexact))
      ups += carries ? 1 : 0
    }
    #expect((900...1150).contains(ups))
    let coarse = Semantics(rounding: .stochastic(bits: 1, seed: 42))
    let never = (UInt64(0)..<64).allSatisfy {
      evaluate(.convert, quarter, 0, 0, .fp32, to: .fp16, coarse, index: $0).value == 0x3c00
    }
    #expect(never, "a fraction below 2^-bits never rounds up")
  }

  @Test("to-odd delivers the odd neighbour of an inexact result, an exact one as it is")
  func toOdd() {
    let semantics = Semantics(rounding: .toOdd)
    let above: UInt64 = 0x3f80_0001
    #expect(evaluate(.convert, above, 0, 0, .fp32, to: .fp16, semantics).value == 0x3c01)
    let aboveOdd: UInt64 = 0x3f80_2001
    #expect(evaluate(.convert, aboveOdd, 0, 0, .fp32, to: .fp16, semantics).value == 0x3c01)
    let even: UInt64 = 0x3f80_4000
    #expect(evaluate(.convert, even, 0, 0, .fp32, to: .fp16, semantics) == delivered(0x3c02))
  }
}
