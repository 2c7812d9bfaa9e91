// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// Every pair of encodings of a signed format, in an order that keeps together the pairs whose
/// exact results a reference can share: (±p, ±q) and (±q, ±p).
///
/// A group is eight runs of `length` pairs. Run 0 is a magnitude p with consecutive magnitudes q;
/// bits 0, 1 and 2 of a run's number negate p, negate q and swap the two. The 2^(w-1) magnitudes
/// are cut into an even number T of tiles of `length`, and `length` groups hold the pairs of one
/// tile with another: tile i with tile i + d mod T for 0 < d < T/2, and with i + T/2 for i < T/2,
/// which is every pair of tiles once. A tile with itself is closed under the swap, so that its four
/// runs and those of a second tile make up a group.
struct SymmetricPairs: CaseSet {
  /// The pairs of a run in formats of at least eight bits: as many as the reference shares.
  static let greatestLength = UInt64(SharedRuns.length)

  let count: UInt64
  /// The pairs of a run.
  let length: UInt64
  /// log2 of `length`.
  private let shift: UInt64
  private let sign: UInt64
  /// T.
  private let tiles: UInt64

  /// The pairs of a format with a sign; nil for others and for more than 2^32 pairs.
  init?(_ format: Format) {
    guard format.signMask != 0, 2 * format.bitWidth <= ExhaustiveCases.greatestWidth else {
      return nil
    }
    sign = UInt64(format.signMask)
    count = 1 << UInt64(2 * format.bitWidth)
    let magnitudes: UInt64 = 1 << UInt64(format.bitWidth - 1)
    length = min(magnitudes / 2, SymmetricPairs.greatestLength)
    shift = UInt64(length.trailingZeroBitCount)
    tiles = magnitudes / length
  }

  func fill(from start: UInt64, count: Int, into buffers: OperandBuffers) {
    fill(from: start, count: count, a: buffers.a, b: buffers.b)
  }

  /// The pair of a number below `count`.
  func pair(_ index: UInt64) -> (UInt64, UInt64) {
    var (a, b): (UInt64, UInt64) = (0, 0)
    fill(from: index, count: 1, a: &a, b: &b)
    return (a, b)
  }

  /// Writes the first and the second operands of pairs `start ..< start + count`.
  func fill(
    from start: UInt64, count: Int, a: UnsafeMutablePointer<UInt64>,
    b: UnsafeMutablePointer<UInt64>
  ) {
    var done = 0
    while done < count {
      let index = start + UInt64(done)
      let offset = index & (length - 1)
      let size = Int(min(UInt64(count - done), length - offset))
      fillRun(index >> shift, from: offset, size, a + done, b + done)
      done += size
    }
  }

  /// Writes `count` pairs of a run from its pair `offset` on.
  private func fillRun(
    _ run: UInt64, from offset: UInt64, _ count: Int, _ a: UnsafeMutablePointer<UInt64>,
    _ b: UnsafeMutablePointer<UInt64>
  ) {
    let (k, row, couple) = (run & 7, (run >> 3) & (length - 1), run >> (3 + shift))
    let (i, distance) = (couple % tiles, couple / tiles)
    let first: UInt64, second: UInt64
    var isSwapped = k & 4 != 0
    if distance > 0 {
      (first, second) = (i, (i + distance) % tiles)
    } else if i < tiles / 2 {
      (first, second) = (i, i + tiles / 2)
    } else {
      first = 2 * (i - tiles / 2) + (isSwapped ? 1 : 0)
      second = first
      isSwapped = false
    }
    let p = (first * length + row) | (k & 1 != 0 ? sign : 0)
    let q = (second * length + offset) | (k & 2 != 0 ? sign : 0)
    let (fixed, walking) = isSwapped ? (b, a) : (a, b)
    fixed.update(repeating: p, count: count)
    for j in 0..<count { walking[j] = q &+ UInt64(truncatingIfNeeded: j) }
  }
}
