// SPDX-License-Identifier: Apache-2.0
import Formats
import Randomness
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

  @Test(
    "A cast counts what its definitions name, in blocks of normal numbers and with others",
    arguments: [Format.fp16, .bf16, .fp32])
  func counts(_ format: Format) {
    let special: [Float] = [
      0, -0.0, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, -0x1p-130, 0x1p-149, 0x1p-25,
      0x1.ffep15, 65519, 65520, .greatestFiniteMagnitude,
    ]
    let smallestNormal = Float(sign: .plus, exponent: format.minExponent, significand: 1)
    let normal = (0..<4000).map { (i: Int) -> Float in
      let scale: Float = i % 3 == 0 ? -0.25 : 1
      return scale * Float(1 + i % 1000)
    }
    for place in [0, 1023, 1024, 3999] {
      for x in special {
        var before = normal
        before[place] = x
        var after = before
        let counts = after.withUnsafeMutableBufferPointer { TensorKernels.cast($0, to: format) }
        var expected = CastCounts()
        for (x, y) in zip(before, after) {
          expected.elements += 1
          if x != 0, !x.isNaN { expected.nonzero += 1 }
          if x != 0, y == 0 { expected.zeroed += 1 }
          if y != 0, y.magnitude < smallestNormal { expected.subnormal += 1 }
          if x.isInfinite || (y.isInfinite && x.isFinite) { expected.overflow += 1 }
          if y.isNaN { expected.nan += 1 }
        }
        #expect(counts == expected, "\(x) at \(place)")
      }
    }
  }

  @Test("A cast to a format without a fast path goes through Arithmetic")
  func otherFormats() {
    var values: [Float] = [1, 1.0625, 57344, 61440, 0x1p-17, 0x1.8p-17]
    let counts = values.withUnsafeMutableBufferPointer { TensorKernels.cast($0, to: .e5m2) }
    #expect(values == [1, 1, 57344, .infinity, 0, 0x1p-16])
    #expect(counts.overflow == 1 && counts.zeroed == 1 && counts.subnormal == 1)
  }
}
