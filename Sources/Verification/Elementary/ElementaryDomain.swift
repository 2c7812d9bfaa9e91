// SPDX-License-Identifier: Apache-2.0
import Formats

/// The operands on which an elementary function is measured.
package enum ElementaryDomain: String, Hashable, Sendable, Codable, CaseIterable {
  /// All 2^32 numbers of FP32.
  case fp32
  /// All 2^16 numbers of FP16; results of FP32 rounded to FP16.
  case fp16
  /// All 2^16 numbers of BF16; results of FP32 rounded to BF16.
  case bf16
  /// Structured and random numbers of FP64.
  case fp64

  /// The format of operands and results; nil for FP64, which is no subject of its own.
  package var format: Format? { Format(id: rawValue) }

  /// What every error has to be below [ulp at the exact value]: a result of FP32, and of a narrower
  /// format, is the nearest number or misses it by the error of FP64; one of FP64 is one of the two
  /// neighbours.
  package var bound: Double { self == .fp64 ? 1 : 0.501 }

  /// The number of operands.
  func count(samples: UInt64) -> UInt64 { format?.encodingCount ?? samples }

  /// The FP64 operand of an index: by turns any encoding, and numbers of both signs in -60...10 and
  /// -6...9 binades with random fractions, or with fractions of few ones or zeros.
  static func sample(_ index: UInt64, seed: UInt64) -> Double {
    var random = CounterRandom(seed: seed, index: index)
    let word = random.next()
    guard index % 4 != 0 else { return Double(bitPattern: word) }
    let binades = index % 4 == 1 ? -60...10 : -6...9
    let exponent = UInt64(Int(1023) + random.within(binades))
    var fraction = word >> 12
    if index % 4 == 3 {
      // A run of equal bits from a random place on, and a few encodings beside it.
      let run = UInt64(1) << UInt64(random.below(52))
      let step = UInt64(random.below(5)) &- 2
      let bits = random.bool() ? run - 1 : 0
      fraction = ((fraction & ~(run - 1)) &+ bits &+ step) & ((1 << 52) - 1)
    }
    return Double(bitPattern: (word & 1) << 63 | exponent << 52 | fraction)
  }
}
