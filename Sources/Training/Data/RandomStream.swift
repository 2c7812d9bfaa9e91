// SPDX-License-Identifier: Apache-2.0
import SoftFloat

/// Seeded random numbers by position: the same (seed, purpose, index) gives the same number in any
/// order and on any thread.
///
/// The generator is SplitMix64 (Steele, Lea and Flood, 2014) entered at any index. It is not the
/// one of stochastic rounding, which is chosen for speed and may change: a seed must keep its
/// weights.
struct RandomStream: Sendable {
  private let state: UInt64

  /// The purposes that must not share numbers.
  enum Purpose: UInt64 {
    case weights = 1
    case batches = 2
    case permutations = 3
    case images = 4
    case corruption = 5
    case rounding = 6
    case signs = 7
  }

  /// The stream of a purpose under a seed.
  init(seed: UInt64, purpose: Purpose) {
    // Mixed twice, so that neighbouring seeds and purposes start far from one another.
    state = Self.mixed(Self.mixed(seed &+ Self.increment) &+ purpose.rawValue)
  }

  private init(state: UInt64) { self.state = state }

  /// The stream at an index of this one; whoever takes it draws no number there.
  func stream(_ index: UInt64) -> RandomStream { RandomStream(state: bits(index)) }

  /// The odd integer next to 2^64 divided by the golden ratio.
  private static let increment: UInt64 = 0x9e37_79b9_7f4a_7c15

  private static func mixed(_ word: UInt64) -> UInt64 {
    var z = word
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// 64 random bits.
  func bits(_ index: UInt64) -> UInt64 {
    Self.mixed(state &+ (index &+ 1) &* Self.increment)
  }

  /// A number in [-1, 1), a multiple of 2^-52.
  func symmetric(_ index: UInt64) -> Double { Double(bits(index) >> 11) * 0x1p-52 - 1 }

  /// A standard normal number by Box and Muller's transform (1958).
  func normal(_ index: UInt64) -> Double {
    let pair = stream(index)
    // In (0, 1], so that the logarithm is finite.
    let u = Double((pair.bits(0) >> 11) + 1) * 0x1p-53
    let turns = Double(pair.bits(1) >> 11) * 0x1p-52
    return (-2 * Elementary.log(u)).squareRoot() * cosine(ofHalfTurns: turns)
  }

  /// A number in 0..<bound: the high word of a product, whose bias is below bound / 2^64.
  func below(_ bound: Int, _ index: UInt64) -> Int {
    Int(bits(index).multipliedFullWidth(by: UInt64(bound)).high)
  }
}
