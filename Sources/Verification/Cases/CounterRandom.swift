// SPDX-License-Identifier: Apache-2.0
import Randomness

/// A stream of random words that is a pure function of (seed, case index).
struct CounterRandom {
  private var state: UInt64

  /// The stream of one case.
  init(seed: UInt64, index: UInt64) {
    state = SplitMix64.mixed(seed &+ SplitMix64.increment) ^ SplitMix64.mixed(index)
  }

  /// The next 64 random bits.
  @inline(__always)
  mutating func next() -> UInt64 {
    state &+= SplitMix64.increment
    return SplitMix64.mixed(state)
  }

  /// The next random integer in 0 ..< bound; bound is small beside 2^32, so the bias is too.
  @inline(__always)
  mutating func below(_ bound: Int) -> Int {
    Int(truncatingIfNeeded: ((next() &>> 32) &* UInt64(bound)) &>> 32)
  }

  /// The next random integer of a closed range.
  @inline(__always)
  mutating func within(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + below(range.count)
  }

  /// The next random bit.
  @inline(__always)
  mutating func bool() -> Bool { next() &>> 63 == 1 }
}
