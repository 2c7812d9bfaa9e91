// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import Testing

/// The sentences of docs/semantics.md, one by one.
struct SemanticsTests {
  @Test("invalid operations deliver the canonical NaN")
  func invalid() {
    let infinity: UInt64 = 0x7c00
    let cases: [(ArithmeticOperation, UInt64, UInt64, UInt64)] = [
      (.sub, infinity, infinity, 0), (.add, infinity, 0xfc00, 0), (.mul, 0, infinity, 0),
      (.div, 0, 0x8000, 0), (.div, infinity, 0xfc00, 0), (.sqrt, 0xbc00, 0, 0),
      (.sqrt, 0xfc00, 0, 0), (.remainder, infinity, 0x3c00, 0), (.remainder, 0x3c00, 0, 0),
      (.fma, 0, infinity, 0x7e01), (.fma, infinity, 0x3c00, 0xfc00), (.add, 0x7c01, 0x3c00, 0),
      (.minimumNumber, 0x7c01, 0x7e00, 0), (.nextUp, 0x7c01, 0, 0),
    ]
    for (op, a, b, c) in cases {
      #expect(evaluate(op, a, b, c) == delivered(0x7e00, .invalid), "\(op)")
    }
    #expect(evaluate(.div, 0xbc00, 0) == delivered(0xfc00, .divideByZero))
    #expect(evaluate(.add, 0xfe55, 0x3c00) == delivered(0x7e00))
  }

  @Test("formats without NaN or infinity name what stands for them")
  func narrowFormats() {
    #expect(evaluate(.div, 0, 0, 0, .e2m1) == delivered(0x7, .invalid))
    #expect(evaluate(.div, 0xa, 0, 0, .e2m1) == delivered(0xf, .divideByZero))
    #expect(evaluate(.div, 0xb8, 0, 0, .e4m3) == delivered(0xff, .divideByZero))
    let saturating = Semantics(overflow: .saturate)
    #expect(evaluate(.div, 0xb8, 0, 0, .e4m3, saturating) == delivered(0xfe, .divideByZero))
    #expect(evaluate(.div, 0x3c00, 0, 0, .fp16, saturating) == delivered(0x7c00, .divideByZero))
    #expect(evaluate(.convert, 0x7e00, 0, 0, .fp16, to: .e2m3) == delivered(0x1f, .invalid))
    #expect(
      evaluate(.convert, 0xfc00, 0, 0, .fp16, to: .e4m3)
        == delivered(0xff, [.overflow, .inexact]))
    #expect(
      evaluate(.roundToIntegral, 0x1f, 0, 0, .e2m3)
        == delivered(0x1f, [.overflow, .inexact]))
  }

  @Test("the scale format has neither zero nor sign")
  func scale() {
    let below: Exceptions = [.underflow, .inexact]
    #expect(evaluate(.sub, 127, 127, 0, .e8m0) == delivered(0, below))
    #expect(evaluate(.sub, 127, 128, 0, .e8m0) == delivered(0xff, .invalid))
    #expect(evaluate(.mul, 0, 126, 0, .e8m0) == delivered(0, below))
    #expect(evaluate(.nextDown, 0, 0, 0, .e8m0) == delivered(0))
    #expect(evaluate(.nextUp, 0xfe, 0, 0, .e8m0) == delivered(0xfe))
    #expect(evaluate(.add, 0xfe, 0xfe, 0, .e8m0) == delivered(0xff, [.overflow, .inexact]))
    // 1.5 ties to the larger magnitude; to-odd truncates.
    #expect(evaluate(.convert, 0x3e00, 0, 0, .fp16, to: .e8m0) == delivered(128, .inexact))
    let odd = Semantics(rounding: .toOdd)
    #expect(evaluate(.convert, 0x3e00, 0, 0, .fp16, to: .e8m0, odd) == delivered(127, .inexact))
    #expect(evaluate(.convert, 0x8001, 0, 0, .fp16, to: .e8m0) == delivered(0xff, .invalid))
    #expect(evaluate(.convert, 0x8000, 0, 0, .fp16, to: .e8m0) == delivered(0, below))
    #expect(evaluate(.convert, 0xfc00, 0, 0, .fp16, to: .e8m0) == delivered(0xff, .invalid))
    let saturating = Semantics(overflow: .saturate)
    #expect(
      evaluate(.convert, 0x7c00, 0, 0, .fp16, to: .e8m0, saturating)
        == delivered(0xfe, [.overflow, .inexact]))
  }

  @Test("propagation keeps the first NaN's sign and payload and makes it quiet")
  func propagation() {
    let policy = Semantics(nan: .propagateFirst)
    #expect(evaluate(.add, 0xfc55, 0x7e01, 0, .fp16, policy) == delivered(0xfe55, .invalid))
    #expect(evaluate(.mul, 0x3c00, 0x7e01, 0, .fp16, policy) == delivered(0x7e01))
    #expect(evaluate(.fma, 0x7c00, 0, 0xfe01, .fp16, policy) == delivered(0xfe01, .invalid))
    #expect(evaluate(.div, 0, 0, 0, .fp16, policy) == delivered(0x7e00, .invalid))
    #expect(evaluate(.add, 0xff, 0x38, 0, .e4m3, policy) == delivered(0xff))
    let payload: UInt64 = 0xffaa_a001
    #expect(
      evaluate(.convert, payload, 0, 0, .fp32, to: .fp16, policy) == delivered(0xff55, .invalid))
    #expect(
      evaluate(.convert, 0xfd55, 0, 0, .fp16, to: .fp32, policy)
        == delivered(0xffea_a000, .invalid))
  }

  @Test("signs of zero")
  func zeroSigns() {
    let down = Semantics(rounding: .down)
    #expect(evaluate(.sub, 0x3c00, 0x3c00) == delivered(0))
    #expect(evaluate(.sub, 0x3c00, 0x3c00, 0, .fp16, down) == delivered(0x8000))
    #expect(evaluate(.add, 0x8000, 0x8000) == delivered(0x8000))
    #expect(evaluate(.add, 0, 0, 0, .fp16, down) == delivered(0))
    #expect(evaluate(.add, 0, 0x8000, 0, .fp16, down) == delivered(0x8000))
    #expect(evaluate(.fma, 0x3c00, 0xbc00, 0x3c00, .fp16, down) == delivered(0x8000))
    #expect(evaluate(.fma, 0x8000, 0x3c00, 0x8000) == delivered(0x8000))
    #expect(evaluate(.sqrt, 0x8000) == delivered(0x8000))
    #expect(evaluate(.remainder, 0xc000, 0x3c00) == delivered(0x8000))
    #expect(evaluate(.minimum, 0, 0x8000) == delivered(0x8000))
    #expect(evaluate(.maximum, 0x8000, 0) == delivered(0))
    #expect(evaluate(.nextUp, 0x8001) == delivered(0x8000))
    #expect(evaluate(.roundToIntegral, 0xb400) == delivered(0x8000, .inexact))
  }

  @Test("denormals-are-zero holds in every operation but the neighbours")
  func flushedOperands() {
    let daz = Semantics(subnormals: .flushOperands)
    #expect(evaluate(.div, 0x3c00, 0x8001, 0, .fp16, daz) == delivered(0xfc00, .divideByZero))
    #expect(evaluate(.minimum, 0x0001, 0x3c00, 0, .fp16, daz) == delivered(0))
    #expect(evaluate(.compareQuiet, 0x0001, 0x8002, 0, .fp16, daz) == delivered(1))
    #expect(evaluate(.logB, 0x0001, 0, 0, .fp16, daz) == delivered(0x8000_0000, .invalid))
    #expect(evaluate(.sqrt, 0x8001, 0, 0, .fp16, daz) == delivered(0x8000))
    #expect(evaluate(.nextUp, 0x0001, 0, 0, .fp16, daz) == delivered(2))
  }

  @Test("conversions to integers round, then check the range")
  func integers() {
    let up = Semantics(rounding: .up)
    #expect(evaluate(.toInt32, 0x4f00_0000, 0, 0, .fp32) == delivered(0x7fff_ffff, .invalid))
    #expect(evaluate(.toInt32, 0xcf00_0000, 0, 0, .fp32) == delivered(0x8000_0000))
    #expect(evaluate(.toInt32, 0xcf00_0001, 0, 0, .fp32) == delivered(0x8000_0000, .invalid))
    #expect(evaluate(.toInt64, 0xdf00_0000, 0, 0, .fp32) == delivered(1 << 63))
    #expect(
      evaluate(.toInt64, 0x5f00_0000, 0, 0, .fp32) == delivered(UInt64(Int64.max), .invalid))
    #expect(evaluate(.toInt32, 0x4100, 0, 0, .fp16) == delivered(2, .inexact))
    #expect(evaluate(.toInt32, 0x4100, 0, 0, .fp16, up) == delivered(3, .inexact))
    #expect(evaluate(.toInt32, 0xbe00) == delivered(0xffff_fffe, .inexact))
    #expect(evaluate(.toInt64, 0x7e00) == delivered(0, .invalid))
    #expect(evaluate(.fromInt32, 0xffff_ffff) == delivered(0xbc00))
    #expect(evaluate(.fromInt64, 2049) == delivered(0x6800, .inexact))
    #expect(evaluate(.fromInt64, 1 << 63, 0, 0, .fp32) == delivered(0xdf00_0000))
    #expect(evaluate(.logB, 0x8001) == delivered(0xffff_ffe8))
    #expect(evaluate(.logB, 0x7c00) == delivered(0x7fff_ffff, .invalid))
    #expect(evaluate(.scaleB, 0x3c00, 0xffff_ffe8) == delivered(1))
    #expect(
      evaluate(.scaleB, 0x3c00, 0x8000_0000) == delivered(0, [.underflow, .inexact]))
  }

  @Test("comparisons deliver the relation")
  func comparisons() {
    #expect(evaluate(.compareQuiet, 0, 0x8000) == delivered(1))
    #expect(evaluate(.compareQuiet, 0xfc00, 0x8001) == delivered(0))
    #expect(evaluate(.compareQuiet, 0x7e00, 0x3c00) == delivered(3))
    #expect(evaluate(.compareQuiet, 0x7c01, 0x3c00) == delivered(3, .invalid))
    #expect(evaluate(.compareSignaling, 0x7e00, 0x3c00) == delivered(3, .invalid))
    #expect(evaluate(.minimumNumber, 0x7e00, 0x3c00) == delivered(0x3c00))
    #expect(evaluate(.maximumNumber, 0x3c00, 0x7c01) == delivered(0x3c00, .invalid))
  }

  @Test("the neighbours of the ends of a format")
  func neighbours() {
    #expect(evaluate(.nextUp, 0x7bff) == delivered(0x7c00))
    #expect(evaluate(.nextUp, 0xfc00) == delivered(0xfbff))
    #expect(evaluate(.nextUp, 0x7c00) == delivered(0x7c00))
    #expect(evaluate(.nextDown, 0) == delivered(0x8001))
    #expect(evaluate(.nextUp, 0x03ff) == delivered(0x0400))
    #expect(evaluate(.nextDown, 0x0400) == delivered(0x03ff))
    #expect(evaluate(.nextUp, 0x7e, 0, 0, .e4m3) == delivered(0x7e))
    #expect(evaluate(.nextDown, 0x0f, 0, 0, .e2m1) == delivered(0x0f))
  }
}
