// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat
import Testing

/// The fast kernels against `Arithmetic`, bit for bit.
@Suite struct TensorKernelTests {
  private func convert(_ bits: UInt32, from: Format, to: Format) -> UInt32 {
    let result = Arithmetic.evaluate(.convert, UInt64(bits), format: from, to: to)
    return UInt32(truncatingIfNeeded: result.value)
  }

  private func widened(_ bits: UInt32, from format: Format) -> Float {
    Float(bitPattern: convert(bits, from: format, to: .fp32))
  }

  @Test(
    "A cast is Arithmetic's conversion at midpoints, their FP32 neighbours and random bits",
    arguments: [Format.fp16, .bf16])
  func casts(_ format: Format) {
    var inputs: [Float] = []
    // Every 7th encoding: 7 is odd, so all residues of the low bits occur.
    for bits in stride(from: UInt32(0), to: 0x8000, by: 7) {
      let low = widened(bits, from: format)
      let high = widened(bits + 1, from: format)
      let middle = (low + high) / 2
      for x in [low, middle, middle.nextUp, middle.nextDown] { inputs += [x, -x] }
    }
    for index in 0..<20_000 {
      inputs.append(Float(bitPattern: RandomWords.word(seed: 7, index: UInt64(index))))
    }
    var cast = inputs
    cast.withUnsafeMutableBufferPointer { _ = TensorKernels.cast($0, to: format) }
    let wrong = zip(inputs, cast).first { x, y in
      let expected = widened(convert(x.bitPattern, from: .fp32, to: format), from: format)
      return expected.isNaN ? !y.isNaN : expected.bitPattern != y.bitPattern
    }
    #expect(wrong == nil)
  }

  @Test("A cast to a format without a fast path goes through Arithmetic")
  func otherFormats() {
    var values: [Float] = [1, 1.0625, 57344, 61440, 0x1p-17, 0x1.8p-17]
    let counts = values.withUnsafeMutableBufferPointer { TensorKernels.cast($0, to: .e5m2) }
    #expect(values == [1, 1, 57344, .infinity, 0, 0x1p-16])
    #expect(counts.overflow == 1 && counts.zeroed == 1 && counts.subnormal == 1)
  }
}
