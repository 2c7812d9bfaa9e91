// SPDX-License-Identifier: Apache-2.0
import Formats
import Randomness
import SoftFloat
import Testing

@Suite("Casts without flags")
struct NearestCastTests {
  /// All 2^32 inputs are those of the campaign whose result is
  /// `reports/verification/cast-exhaustive.json`: the fast casts are used because of it.
  @Test("FP32 to FP16 and BF16 are the vectorised arithmetic's bits for a seventh of all inputs")
  func seventhOfInputs() {
    let count = 1 << 16
    var source = [UInt32](repeating: 0, count: count)
    var fast = [UInt16](repeating: 0, count: count)
    var slow = [UInt16](repeating: 0, count: count)
    for target in [Format.fp16, .bf16] {
      for high in stride(from: UInt32(0), to: 1 << 16, by: 7) {
        for low in 0..<count { source[low] = high << 16 | UInt32(truncatingIfNeeded: low) }
        Batch.cast(source, from: .fp32, to: target, into: &fast, count: count)
        Batch.convert(source, from: .fp32, to: target, into: &slow, count: count)
        guard fast != slow else { continue }
        let first = fast.indices.first { fast[$0] != slow[$0] } ?? 0
        Issue.record(
          "\(target) of \(String(source[first], radix: 16)): \(fast[first]), not \(slow[first])")
        break
      }
    }
  }

  @Test("every format and rounding casts to what it converts to")
  func everyRounding() {
    let count = 5000
    let source = (0..<count).map { RandomWords.word(seed: 11, index: UInt64($0)) }
    let roundings = Rounding.deterministic + [.stochastic(bits: 13, seed: 4)]
    for target in [Format.fp16, .bf16, .tf32, .e4m3, .e5m2, .e2m1, .e8m0] {
      for rounding in roundings {
        let semantics = Semantics(rounding: rounding)
        var fast = [UInt32](repeating: 0, count: count)
        var slow = [UInt32](repeating: 0, count: count)
        Batch.cast(
          source, from: .fp32, to: target, into: &fast, count: count, semantics: semantics,
          firstIndex: 99)
        Batch.convert(
          source, from: .fp32, to: target, into: &slow, count: count, semantics: semantics,
          firstIndex: 99)
        #expect(fast == slow, "\(target) \(rounding)")
      }
    }
  }

  @Test("a result buffer may be an operand's")
  func inPlace() {
    let count = 3000
    let a = (0..<count).map {
      UInt16(truncatingIfNeeded: RandomWords.word(seed: 1, index: UInt64($0)))
    }
    let b = (0..<count).map {
      UInt16(truncatingIfNeeded: RandomWords.word(seed: 2, index: UInt64($0)))
    }
    var apart = [UInt16](repeating: 0, count: count)
    let flags = Batch.apply(.mul, a, b, into: &apart, count: count, format: .bf16)
    var shared = a
    let same = shared.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress.map {
        Batch.apply(.mul, $0, b, into: $0, count: count, format: .bf16)
      }
    }
    #expect(shared == apart)
    #expect(same == flags)
  }

  @Test("stochastic rounding is unbiased and does not depend on how elements are split")
  func stochastic() {
    // 1 + 3/8 of an ulp of BF16: rounded up in 3/8 of the cases.
    let count = 1 << 20
    let source = [UInt32](repeating: 0x3f80_6000, count: count)
    var whole = [UInt16](repeating: 0, count: count)
    let semantics = Semantics(rounding: .stochastic(bits: 16, seed: 2026))
    Batch.cast(source, from: .fp32, to: .bf16, into: &whole, count: count, semantics: semantics)
    let up = whole.count { $0 == 0x3f81 }
    #expect(up + whole.count { $0 == 0x3f80 } == count)
    // The standard deviation of the count is sqrt(n p (1-p)), about 496: five of them.
    #expect(abs(up - count * 3 / 8) < 2480)
    var parts = [UInt16](repeating: 0, count: count)
    for start in stride(from: 0, to: count, by: 100_003) {
      let length = min(100_003, count - start)
      source.withUnsafeBufferPointer { input in
        parts.withUnsafeMutableBufferPointer { output in
          guard let from = input.baseAddress, let to = output.baseAddress else { return }
          Batch.cast(
            from + start, from: .fp32, to: .bf16, into: to + start, count: length,
            semantics: semantics, firstIndex: UInt64(start))
        }
      }
    }
    #expect(parts == whole)
  }
}
