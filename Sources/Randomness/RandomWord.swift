// SPDX-License-Identifier: Apache-2.0

/// The random words of stochastic rounding: a pure function of seed and element index, so that a
/// result does not depend on how the elements are split among threads.
public struct RandomWords: Sendable {
  /// The keys derived from the seed and the upper half of the index.
  public var key: (first: UInt32, second: UInt32)

  /// The words of a seed for the indices whose upper 32 bits are `indexHigh`.
  @inlinable
  public init(seed: UInt64, indexHigh: UInt32 = 0) {
    // Both keys depend on the whole seed.
    let z = SplitMix64.mixed(seed &+ SplitMix64.increment &* (UInt64(indexHigh) &+ 1))
    key = (UInt32(truncatingIfNeeded: z), UInt32(truncatingIfNeeded: z &>> 32))
  }

  /// The word at the lower 32 bits of an index: a mixing permutation with low bias (Wellons, "Hash
  /// Prospector", 2018: lowbias32) that takes one key before each multiplication.
  @inlinable @inline(__always)
  public func callAsFunction(_ index: UInt32) -> UInt32 {
    let x = upperHalf(index)
    return x ^ (x &>> 16)
  }

  /// The index, in the lower 32 bits, whose word is a given one: each is the word of exactly one
  /// index.
  public func index(ofWord word: UInt32) -> UInt32 {
    /// The inverse of an odd number modulo 2^32; each step doubles the right bits (Newton).
    func inverse(_ factor: UInt32) -> UInt32 {
      (0..<5).reduce(factor) { inverse, _ in inverse &* (2 &- factor &* inverse) }
    }
    var x = word ^ (word &>> 16)
    x = x &* inverse(0x846c_a68b)
    x ^= (x &>> 15) ^ (x &>> 30)
    x = (x ^ key.second) &* inverse(0x7feb_352d)
    return (x ^ (x &>> 16)) &- key.first
  }

  /// A word with the upper 16 bits of the word at an index, in two steps fewer.
  @inlinable @inline(__always)
  public func upperHalf(_ index: UInt32) -> UInt32 {
    var x = index &+ key.first
    x = (x ^ (x &>> 16)) &* 0x7feb_352d
    x ^= key.second
    return (x ^ (x &>> 15)) &* 0x846c_a68b
  }

  /// The word of a seed at any index.
  @inlinable
  public static func word(seed: UInt64, index: UInt64) -> UInt32 {
    let high = UInt32(truncatingIfNeeded: index &>> 32)
    return RandomWords(seed: seed, indexHigh: high)(UInt32(truncatingIfNeeded: index))
  }
}
