// SPDX-License-Identifier: Apache-2.0
import Formats

/// Seeded random numbers by position: the same (seed, stream, index) gives the same number in any
/// order and on any thread.
struct RandomStream: Sendable {
  private let seed: UInt64

  /// The purposes that must not share numbers.
  enum Purpose: UInt64 {
    case weights = 1
    case batches = 2
  }

  /// The stream of a purpose under a seed.
  init(seed: UInt64, purpose: Purpose) {
    // The multiplier of SplitMix64's increment keeps neighbouring seeds apart.
    self.seed = seed &* 0x9e37_79b9_7f4a_7c15 &+ purpose.rawValue
  }

  /// 53 random bits.
  func bits(_ index: UInt64) -> UInt64 {
    let high = RandomWords.word(seed: seed, index: 2 * index)
    let low = RandomWords.word(seed: seed, index: 2 * index + 1)
    return (UInt64(high) << 32 | UInt64(low)) >> 11
  }

  /// A number in [-1, 1), a multiple of 2^-52.
  func symmetric(_ index: UInt64) -> Double { Double(bits(index)) * 0x1p-52 - 1 }

  /// A number in 0..<bound.
  ///
  /// The product's high word: its bias is below bound / 2^53.
  func below(_ bound: Int, _ index: UInt64) -> Int {
    Int((bits(index) << 11).multipliedFullWidth(by: UInt64(bound)).high)
  }
}
