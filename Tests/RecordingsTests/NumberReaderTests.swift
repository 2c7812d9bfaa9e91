// SPDX-License-Identifier: Apache-2.0
import Formats
import Testing

@testable import Recordings

@Suite struct NumberReaderTests {
  private func values<Word>(_ words: [Word], _ id: String) throws -> [Double] {
    let format = try #require(RecordedFormat(id: id))
    var values = [Double](repeating: -1, count: words.count)
    words.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      RecordedNumbers(base, format).read(0..<words.count, to: &values)
    }
    return values
  }

  // IEEE 754-2019, table 3.5: bias 15, 1 + 5 + 10 bits.
  @Test("binary16 numbers are read by their sign, exponent and fraction, subnormal ones included")
  func binary16() throws {
    let words: [UInt16] = [0x3c00, 0xc000, 0x0001, 0x03ff, 0x0400, 0x7bff, 0x7c00, 0xfc00, 0x8000]
    let read = try values(words, "fp16")
    #expect(
      read == [1, -2, 0x1p-24, 0x3ffp-24, 0x1p-14, 65504, .infinity, -.infinity, 0])
    #expect(read[8].sign == .minus)
    #expect(try values([UInt16(0x7e00), 0xfc01], "fp16").allSatisfy(\.isNaN))
  }

  @Test("bfloat16 numbers are the upper halves of FP32's")
  func brain() throws {
    let read = try values([UInt16(0x3f80), 0xc040, 0x0001, 0x7f80], "bf16")
    #expect(read == [1, -3, 0x1p-133, .infinity])
  }

  // OCP 8-bit Floating Point Specification (OFP8), revision 1.0, table 1.
  @Test("FP8 numbers are those of the specification: E4M3 reaches 448 and has no infinity")
  func eightBits() throws {
    #expect(try values([UInt8(0x7e), 0x01, 0x38, 0xb8], "e4m3") == [448, 0x1p-9, 1, -1])
    #expect(try values([UInt8(0x7f)], "e4m3")[0].isNaN)
    #expect(try values([UInt8(0x7b), 0x01, 0x7c], "e5m2") == [57344, 0x1p-16, .infinity])
  }

  @Test("FP32 and FP64 numbers are themselves")
  func wide() throws {
    #expect(try values([Float(0.1), -.infinity], "fp32") == [Double(Float(0.1)), -.infinity])
    #expect(try values([0.1, -0.25], "fp64") == [0.1, -0.25])
  }

  @Test("a scale format, which has no signs, is none of a recorded tensor")
  func scales() {
    #expect(RecordedFormat(id: "e8m0") == nil)
    #expect(RecordedFormat(id: "fp17") == nil)
  }
}
