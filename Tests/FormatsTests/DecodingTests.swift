// SPDX-License-Identifier: Apache-2.0
import Formats
import TestSupport
import Testing

@Suite("Encodings")
struct DecodingTests {
  @Test("Decoding agrees with the standard library's Float16 on all 2^16 encodings")
  func float16() {
    let wrong = Format.fp16.counterexamples { bits in
      let reference = Float16(bitPattern: UInt16(bits))
      let parts = Format.fp16.decode(bits)
      let isValueRight =
        !parts.isFinite
        || (Format.fp16.value(of: bits) == Double(reference)
          && Format.fp16.ulp(of: bits) == Double(reference.ulp))
      return isValueRight && parts.classification == reference.floatingPointClass
        && parts.isNegative == (reference.sign == .minus)
    }
    #expect(wrong == [])
  }

  @Test("BF16 is the upper half of Float: class and value agree on all 2^16 encodings")
  func bfloat16() {
    let wrong = Format.bf16.counterexamples { bits in
      let reference = Float(bitPattern: bits << 16)
      let parts = Format.bf16.decode(bits)
      return parts.classification == reference.floatingPointClass
        && (!parts.isFinite || Format.bf16.value(of: bits) == Double(reference))
    }
    #expect(wrong == [])
  }

  @Test("Encoding inverts decoding for every finite number", arguments: Format.enumerable)
  func encodeInvertsDecode(format: Format) {
    let wrong = format.counterexamples { bits in
      let parts = format.decode(bits)
      let encoded = format.encode(
        isNegative: parts.isNegative, significand: UInt64(parts.significand),
        exponent: parts.exponent)
      return !parts.isFinite || encoded == bits
    }
    #expect(wrong == [])
  }

  @Test("A number between two neighbours has no encoding", arguments: Format.enumerable)
  func halfwayHasNoEncoding(format: Format) {
    let wrong = format.counterexamples { bits in
      let parts = format.decode(bits)
      let between = format.encode(
        isNegative: parts.isNegative, significand: UInt64(parts.significand) * 2 + 1,
        exponent: parts.exponent - 1)
      return between == nil || !parts.isFinite
    }
    #expect(wrong == [])
    for exponent in [200, -200, format.maxExponent + 1] {
      #expect(format.encode(isNegative: false, significand: 1, exponent: exponent) == nil)
    }
  }

  @Test("The published encodings of notable data")
  func knownData() {
    #expect(Format.fp16.classification(of: 0x7e00) == .quietNaN)
    #expect(Format.fp16.classification(of: 0x7d00) == .signalingNaN)
    #expect(Format.e4m3.classification(of: 0x7f) == .quietNaN)
    #expect(Format.e4m3.classification(of: 0x78) == .positiveNormal)
    #expect(Format.e4m3.value(of: 0x7e) == 448)
    #expect(Format.e8m0.classification(of: 0xff) == .quietNaN)
    #expect(Format.e8m0.classification(of: 0) == .positiveNormal)
    #expect(Format.e2m1.value(of: 0xf) == -6)
    #expect(Format.fp32.value(of: 0x4049_0fdb) == Double(Float.pi.nextUp))
  }

  @Test("Fields and encodings as text")
  func fields() {
    #expect(Format.fp16.fieldsText(0x3e00) == "0 01111 1000000000")
    #expect(Format.e4m3.fieldsText(0xff) == "1 1111 111")
    #expect(Format.e8m0.fieldsText(0x7f) == "01111111")
    #expect(Format.fp16.encodingText(0x1) == "0x0001")
    #expect(Format.e2m3.encodingText(0x3f) == "0x3f")
    #expect(Format.tf32.encodingText(0x1fc00) == "0x1fc00")
  }
}
