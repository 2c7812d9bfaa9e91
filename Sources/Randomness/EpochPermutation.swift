// SPDX-License-Identifier: Apache-2.0

/// A permutation of 0..<count that any thread evaluates at any position, without a table.
///
/// A balanced Feistel network permutes the integers of an even number of bits, and a value beyond
/// the count is permuted again until it is below it: "cycle walking" (Black and Rogaway, "Ciphers
/// with arbitrary finite domains", 2002). The domain has less than four times the count.
package struct EpochPermutation: Sendable {
  let count: Int
  private let halfBits: UInt64
  private let stream: RandomStream

  /// Luby and Rackoff need four for indistinguishability in the limit; halves here are short.
  private static let rounds: UInt64 = 8

  /// The permutation that a stream determines.
  ///
  /// - Precondition: `count` is in 1..<2^62.
  package init(count: Int, stream: RandomStream) {
    precondition(count > 0 && count < 1 << 62, "a permutation of \(count)")
    self.count = count
    self.stream = stream
    let bits = UInt64.bitWidth - UInt64(count - 1).leadingZeroBitCount
    halfBits = UInt64(max(1, (bits + 1) / 2))
  }

  /// The permutation of an epoch under a seed.
  package init(count: Int, seed: UInt64, epoch: Int) {
    self.init(
      count: count,
      stream: RandomStream(seed: seed, purpose: .permutations).stream(UInt64(epoch)))
  }

  /// The index at a position in 0..<count.
  package func callAsFunction(_ position: Int) -> Int {
    var value = UInt64(position)
    repeat { value = permuted(value) } while value >= UInt64(count)
    return Int(value)
  }

  private func permuted(_ value: UInt64) -> UInt64 {
    let mask = (1 << halfBits) - 1 as UInt64
    var left = value >> halfBits
    var right = value & mask
    for round in 0..<Self.rounds {
      (left, right) = (right, left ^ (stream.bits(round << 32 | right) & mask))
    }
    return left << halfBits | right
  }
}
