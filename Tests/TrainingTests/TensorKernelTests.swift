// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat
import Testing

/// The fast kernels against `Arithmetic`, bit for bit.
@Suite struct TensorKernelTests {
  private func value(_ operation: Formats.Operation, _ a: UInt32, _ b: UInt32) -> UInt32 {
    let result = Arithmetic.evaluate(operation, UInt64(a), UInt64(b), format: .fp16)
    return UInt32(truncatingIfNeeded: result.value)
  }

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

  @Test("The FP16 accumulator is rounded as Arithmetic rounds the product and then the sum")
  func binary16Accumulator() {
    var operands: [UInt32] = [
      0x0000, 0x8000, 0x0001, 0x8001, 0x03ff, 0x0400, 0x3bff, 0x3c00, 0x3c01, 0xbc00, 0x6bff,
      0x6c00, 0x7bff, 0xfbff, 0x7c00, 0x1400, 0x9001, 0x0fff,
    ]
    operands += (0..<78).map { RandomWords.word(seed: 3, index: $0) & 0xffff }
      .map { $0 & 0x7c00 == 0x7c00 ? $0 & 0xbfff : $0 }
    let (rows, inner, columns) = (12, operands.count / 12, 32)
    let a = operands.prefix(rows * inner).map { $0 }
    let b = (0..<inner * columns).map { operands[($0 * 29 + $0 / 7) % operands.count] }
    let shape = ProductShape(rows: rows, inner: inner, columns: columns)
    var c = [Float](repeating: .nan, count: rows * columns)
    c.withUnsafeMutableBufferPointer { c in
      guard let c = c.baseAddress else { return }
      TensorKernels.matmulRoundingToBinary16(
        a.map { widened($0, from: .fp16) }, b.map { widened($0, from: .fp16) }, into: c,
        shape: shape, threads: 1)
    }
    var wrong = 0
    for i in 0..<rows {
      for j in 0..<columns {
        var sum: UInt32 = 0
        for k in 0..<inner {
          sum = value(.add, sum, value(.mul, a[i * inner + k], b[k * columns + j]))
        }
        let expected = widened(sum, from: .fp16)
        let result = c[i * columns + j]
        let isEqual = expected.isNaN ? result.isNaN : expected.bitPattern == result.bitPattern
        wrong += isEqual ? 0 : 1
      }
    }
    #expect(wrong == 0)
  }

  @Test("A product's bytes do not depend on the number of threads")
  func threads() {
    let shape = ProductShape(rows: 67, inner: 61, columns: 59)
    func random(_ count: Int, _ seed: UInt64) -> [Float] {
      (0..<count).map { Float(RandomWords.word(seed: seed, index: UInt64($0))) * 0x1p-31 - 1 }
    }
    let a = random(shape.rows * shape.inner, 1)
    let b = random(shape.inner * shape.columns, 2)
    func product(_ threads: Int) -> [UInt32] {
      var c = [Float](repeating: 0, count: shape.rows * shape.columns)
      c.withUnsafeMutableBufferPointer { c in
        guard let c = c.baseAddress else { return }
        TensorKernels.matmul(a, b, into: c, shape: shape, threads: threads)
      }
      return c.map(\.bitPattern)
    }
    let alone = product(1)
    for threads in [2, 3, 8, 100] { #expect(product(threads) == alone) }
  }
}
