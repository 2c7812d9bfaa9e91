// SPDX-License-Identifier: Apache-2.0

import Formats
import SoftFloat
import Testing

/// Results that must be the same bytes in every build: `make test` runs these with the machine's
/// own instructions, `make test-portable` without.
@Suite("Results do not depend on the build or on native instructions")
struct DigestTests {
  private static let count = 8192
  private static let operations: [ArithmeticOperation] = [
    .add, .sub, .mul, .div, .sqrt, .fma, .remainder, .roundToIntegral, .minimum, .compareQuiet,
    .nextUp, .scaleB, .logB, .toInt32, .convert,
  ]

  /// FNV-1a over results and flags.
  private struct Digest {
    var value: UInt64 = 0xcbf2_9ce4_8422_2325
    mutating func add(_ word: UInt64) { value = (value ^ word) &* 0x0000_0100_0000_01b3 }
  }

  private func operands(_ format: Format, _ seed: UInt64) -> [UInt64] {
    (0..<Self.count).map {
      UInt64(RandomWords.word(seed: seed, index: UInt64($0)))
        & UInt64(format.magnitudeMask | format.signMask)
    }
  }

  /// The digest of every operation of a format in every rounding, by loops over buffers.
  private func digest(_ format: Format, scalar: Bool) -> UInt64 {
    let a = operands(format, 1), b = operands(format, 2), c = operands(format, 3)
    var digest = Digest()
    for rounding in Rounding.deterministic + [.stochastic(bits: 16, seed: 5)] {
      let semantics = Semantics(rounding: rounding)
      for operation in Self.operations {
        let to: Format = format == .fp32 ? .fp16 : .fp32
        if scalar {
          let evaluate = ScalarEvaluator(
            operation, format: format, to: to, semantics: semantics)
          for i in 0..<Self.count {
            let rounded = evaluate(a[i], b[i], c[i], index: UInt64(i))
            digest.add(rounded.value)
            digest.add(UInt64(rounded.flags.rawValue))
          }
        } else {
          var results = [UInt64](repeating: 0, count: Self.count)
          var flags = [UInt8](repeating: 0, count: Self.count)
          Batch.evaluate(
            operation, format: format, to: to, semantics: semantics, a: a, b: b, c: c,
            count: Self.count, firstIndex: 0, results: &results, flags: &flags)
          for i in 0..<Self.count {
            digest.add(results[i])
            digest.add(UInt64(flags[i]))
          }
        }
      }
    }
    return digest.value
  }

  @Test("the committed digests, by scalar functions and by loops")
  func digests() {
    let expected: [(Format, UInt64)] = [
      (.fp16, 0x6bf1bc7a44f97a05), (.bf16, 0x72e736e2249dc55a), (.fp32, 0xaa1da775a686ed28),
      (.tf32, 0x61a1f8105ea14247), (.e4m3, 0xb7b99de380f3ab59), (.e5m2, 0x6dedbddcefa1f7dd),
      (Format(exponentBits: 5, fractionBits: 7), 0x0065d815f6491ee5),
    ]
    for (format, value) in expected {
      #expect(digest(format, scalar: true) == value, "\(format), scalar")
      #expect(digest(format, scalar: false) == value, "\(format), batch")
    }
  }
}
