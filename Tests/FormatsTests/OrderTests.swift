// SPDX-License-Identifier: Apache-2.0
import Formats
import TestSupport
import Testing

@Suite("Order")
struct OrderTests {
  @Test("The ordered integer is a bijection that preserves order", arguments: Format.enumerable)
  func bijection(format: Format) {
    let places = format.orderedIntegers
    #expect(places.count == Int(format.encodingCount))
    let wrong = format.counterexamples { bits in
      let place = format.orderedInteger(bits)
      guard format.encoding(orderedInteger: place) == bits else { return false }
      guard let above = format.encoding(orderedInteger: place + 1) else {
        return place == places.upperBound
      }
      let value = format.value(of: bits)
      let next = format.value(of: above)
      return value < next || value.isNaN || next.isNaN || (place == -1 && next == 0)
    }
    #expect(wrong == [])
    #expect(format.encoding(orderedInteger: places.upperBound + 1) == nil)
    #expect(format.encoding(orderedInteger: places.lowerBound - 1) == nil)
  }

  @Test("nextUp and nextDown agree with Float16 on all 2^16 encodings")
  func float16Neighbours() {
    let wrong = Format.fp16.counterexamples { bits in
      let reference = Float16(bitPattern: UInt16(bits))
      return reference.isNaN
        || (Format.fp16.nextUp(bits) == UInt32(reference.nextUp.bitPattern)
          && Format.fp16.nextDown(bits) == UInt32(reference.nextDown.bitPattern))
    }
    #expect(wrong == [])
  }

  @Test("nextUp is the least number above, nextDown its mirror", arguments: Format.enumerable)
  func neighbours(format: Format) {
    let top = format.value(of: format.infinity ?? format.largestFinite)
    let wrong = format.counterexamples { bits in
      let up = format.nextUp(bits)
      let down = format.nextDown(bits)
      if format.isNaN(bits) { return up == bits && down == bits }
      let isDownRight =
        format.isSigned
        ? down == format.nextUp(bits ^ format.signMask) ^ format.signMask
        : down == (bits == 0 ? 0 : bits - 1)
      let value = format.value(of: bits)
      if value == top { return isDownRight && up == bits }
      // From -0 the least number above is two places up: +0 is not above.
      let distance = format.orderedInteger(up) - format.orderedInteger(bits)
      let isZeroCrossing = format.decode(bits).classification == .negativeZero
      return isDownRight && format.value(of: up) > value && distance == (isZeroCrossing ? 2 : 1)
        || (isDownRight && up == format.signMask && distance == 1)
    }
    #expect(wrong == [])
  }

  @Test("Zeros, ends and infinities step as the semantics say")
  func edges() {
    let fp16 = Format.fp16
    #expect(fp16.nextUp(0x8000) == 1 && fp16.nextUp(0) == 1)
    #expect(fp16.nextUp(0x8001) == 0x8000)
    #expect(fp16.nextUp(0x7bff) == 0x7c00 && fp16.nextUp(0x7c00) == 0x7c00)
    #expect(fp16.nextUp(0xfc00) == 0xfbff)
    #expect(fp16.nextDown(0) == 0x8001)
    #expect(Format.e4m3.nextUp(0x7e) == 0x7e)
    #expect(Format.e8m0.nextDown(0) == 0 && Format.e8m0.nextUp(0xfe) == 0xfe)
    #expect(fp16.ulpExponent(of: 0x7c00) == nil)
    #expect(fp16.ulpExponent(of: 0) == -24 && fp16.ulpExponent(of: 0x3c00) == -10)
  }
}
