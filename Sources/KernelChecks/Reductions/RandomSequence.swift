// SPDX-License-Identifier: Apache-2.0
import Randomness

/// SplitMix64's words one after the other.
struct RandomSequence: Sendable {
  private var state: UInt64

  /// The words of a seed; neighbouring seeds start far from one another.
  init(seed: UInt64) { state = SplitMix64.mixed(seed &+ SplitMix64.increment) }

  mutating func next() -> UInt64 {
    state &+= SplitMix64.increment
    return SplitMix64.mixed(state)
  }

  /// A number in [0, 1), a multiple of 2^-53.
  mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number in 0..<bound: the high word of a product, whose bias is below bound / 2^64.
  mutating func below(_ bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// 0..<count in any order, each equally likely (Fisher and Yates).
  mutating func permutation(of count: Int) -> [Int] {
    var result = Array(0..<count)
    for place in stride(from: count - 1, to: 0, by: -1) { result.swapAt(place, below(place + 1)) }
    return result
  }
}
