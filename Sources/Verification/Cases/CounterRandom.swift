// SPDX-License-Identifier: Apache-2.0

/// A stream of random words that is a pure function of (seed, case index).
struct CounterRandom {
  private var state: UInt64

  /// The stream of one case.
  init(seed: UInt64, index: UInt64) {
    state = CounterRandom.mix(seed &+ CounterRandom.gamma) ^ CounterRandom.mix(index)
  }

  /// The odd constant nearest 2^64 / phi (Steele, Lea and Flood, SplitMix, 2014).
  static let gamma: UInt64 = 0x9e37_79b9_7f4a_7c15

  /// SplitMix64's bijection of 64-bit words.
  @inline(__always)
  static func mix(_ word: UInt64) -> UInt64 {
    var z = word
    z = (z ^ (z &>> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z &>> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z &>> 31)
  }

  /// The next 64 random bits.
  @inline(__always)
  mutating func next() -> UInt64 {
    state &+= CounterRandom.gamma
    return CounterRandom.mix(state)
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
