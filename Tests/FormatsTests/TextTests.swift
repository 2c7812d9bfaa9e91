// SPDX-License-Identifier: Apache-2.0
import Formats
import Randomness
import TestSupport
import Testing

@Suite("Text of encodings")
struct TextTests {
  /// The encoding of a text that a format holds exactly.
  private func exactEncoding(_ text: String, _ format: Format) throws -> UInt32? {
    guard case .finite(let isNegative, let magnitude) = try NumberText(text) else { return nil }
    guard !magnitude.hasMore else { return nil }
    return format.encode(
      isNegative: isNegative, significand: magnitude.significand, exponent: magnitude.exponent)
  }

  @Test("Hex-float and exact decimal text denote the number itself", arguments: Format.enumerable)
  func exactTexts(format: Format) throws {
    let wrong = try format.counterexamples { bits in
      guard format.decode(bits).isFinite else { return true }
      let texts = [format.hexText(bits), format.exactDecimalText(bits), format.exactText(bits)]
      return try texts.allSatisfy { try exactEncoding($0, format) == bits }
    }
    #expect(wrong == [])
  }

  @Test("Exact text agrees with Double's own reading", arguments: Format.enumerable)
  func exactTextsAgainstDouble(format: Format) {
    let wrong = format.counterexamples { bits in
      guard format.decode(bits).isFinite else { return true }
      let value = format.value(of: bits)
      return Double(format.hexText(bits)) == value && Double(format.exactDecimalText(bits)) == value
    }
    #expect(wrong == [])
  }

  @Test("Shortest text of FP32 is the standard library's", arguments: [1, 2, 3])
  func shortestAgainstFloat(seed: UInt64) throws {
    for index in 0..<2_000 as Range<UInt64> {
      let bits = RandomWords.word(seed: seed, index: index)
      let reference = Float(bitPattern: bits)
      guard reference.isFinite, reference != 0 else { continue }
      let text = Format.fp32.shortestText(bits)
      // Equal digits mean equal Doubles; the notation may differ.
      #expect(Double(text) == Double(reference.description), "\(text) \(reference)")
    }
  }

  @Test("Known texts")
  func known() {
    let fp16 = Format.fp16
    #expect(fp16.hexText(0xb600) == "-0x1.8p-2")
    #expect(fp16.hexText(0x0001) == "0x1p-24")
    #expect(fp16.hexText(0x8000) == "-0x0p+0")
    #expect(fp16.hexText(0x7bff) == "0x1.ffcp+15")
    #expect(fp16.exactDecimalText(0x2e66) == "0.0999755859375")
    #expect(fp16.exactDecimalText(0x0001) == "0.000000059604644775390625")
    #expect(fp16.exactText(0x0001) == "5.9604644775390625e-8")
    #expect(fp16.exactDecimalText(0x7bff) == "65504")
    #expect(fp16.exactDecimalText(0x8000) == "-0")
    #expect(fp16.shortestText(0x2e66) == "0.1")
    #expect(fp16.shortestText(0x0001) == "6e-8")
    #expect(fp16.shortestText(0x7bff) == "65500")
    #expect(fp16.shortestText(0x0400) == "0.00006104")
    #expect(Format.fp32.exactDecimalText(1).count == 151)
    #expect(Format.fp32.shortestText(1) == "1e-45")
    #expect(Format.bf16.shortestText(0x7f7f) == "3.39e38")
    #expect(Format.e8m0.exactText(0xfe) == "1.70141183460469231731687303715884105728e38")
    #expect(Format.e8m0.shortestText(0xfe) == "2e38")
  }

  @Test("Infinities and NaNs, with the payload where it is not the canonical one")
  func specials() {
    let fp16 = Format.fp16
    #expect(fp16.hexText(0xfc00) == "-inf")
    #expect(fp16.exactText(0x7e00) == "nan")
    #expect(fp16.exactText(0xfe00) == "-nan")
    #expect(fp16.exactText(0x7e15) == "nan(0x15)")
    #expect(fp16.exactText(0x7c01) == "snan(0x1)")
    #expect(Format.e4m3.shortestText(0xff) == "-nan")
    #expect(Format.e8m0.shortestText(0xff) == "nan")
  }
}
