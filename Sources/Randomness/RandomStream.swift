// SPDX-License-Identifier: Apache-2.0

/// Seeded random numbers by position: the same (seed, purpose, index) gives the same number in any
/// order and on any thread.
///
/// The generator is SplitMix64 (Steele, Lea and Flood, 2014) entered at any index. It is not the
/// one of stochastic rounding, which is chosen for speed and may change: a seed must keep its
/// weights.
package struct RandomStream: Sendable {
  private let state: UInt64

  /// The purposes that must not share numbers.
  package enum Purpose: UInt64 {
    case weights = 1
    case batches = 2
    case permutations = 3
    case images = 4
    case corruption = 5
    case rounding = 6
    case signs = 7
    case orders = 8
  }

  /// The stream of a purpose under a seed.
  package init(seed: UInt64, purpose: Purpose) {
    // Mixed twice, so that neighbouring seeds and purposes start far from one another.
    state = SplitMix64.mixed(SplitMix64.mixed(seed &+ SplitMix64.increment) &+ purpose.rawValue)
  }

  private init(state: UInt64) { self.state = state }

  /// The stream at an index of this one; whoever takes it draws no number there.
  package func stream(_ index: UInt64) -> RandomStream { RandomStream(state: bits(index)) }

  /// 64 random bits.
  package func bits(_ index: UInt64) -> UInt64 {
    SplitMix64.mixed(state &+ (index &+ 1) &* SplitMix64.increment)
  }

  /// A number in [-1, 1), a multiple of 2^-52.
  package func symmetric(_ index: UInt64) -> Double { Double(bits(index) >> 11) * 0x1p-52 - 1 }

  /// A number in 0..<bound: the high word of a product, whose bias is below bound / 2^64.
  package func below(_ bound: Int, _ index: UInt64) -> Int {
    Int(bits(index).multipliedFullWidth(by: UInt64(bound)).high)
  }
}
