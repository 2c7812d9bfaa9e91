// SPDX-License-Identifier: Apache-2.0

/// What is known of the elements of one bin: those of a block exponent that share the first eight
/// bits of their fraction, in two bins each, one of those whose further bits are all zero and one of
/// the others.
///
/// Whatever rounds to at most seven fraction bits under a power of two makes the same number of all
/// elements of a bin: its midpoints have eight, and are elements of the first kind. FP32's subnormal
/// numbers have fewer bits: all below 2^-134 share a bin, and count as 2^-135 where a power of two
/// lifts them into a format's range. Counts and sums
/// of the further bits are whole numbers and exact in any order, and so are the figures that follow.
struct BinCount: Sendable, Hashable {
  /// The exponent field of the largest magnitude in the elements' blocks; 255 where that is
  /// infinite or NaN.
  var row: Int
  /// Twice the first 16 bits of a magnitude, and 1 where the other bits are not all zero.
  var key: Int
  /// The number of elements.
  var count: UInt64
  /// Σ r, r the further bits.
  var sum: UInt64
  /// Σ r².
  var squares: UInt64

  /// The bits of a magnitude beyond those of the key.
  static let restBits: UInt32 = 15
  static let restMask: UInt32 = (1 << restBits) - 1
  /// The keys of all magnitudes.
  static let keyCount = 1 << (31 - Int(restBits) + 1)
  /// The row of blocks with an infinity or a NaN.
  static let specialRow = 255
  /// From this key on elements are not finite.
  static let specialKey = 0x7f80_0000 >> Int(restBits) * 2

  /// The encoding of the bin's lowest magnitude.
  var base: UInt32 { UInt32(key >> 1) << Self.restBits }
  /// The encoding of a magnitude that is rounded as all of the bin are.
  var representative: UInt32 { base | UInt32(key & 1) << (Self.restBits - 1) }
  /// log2 of what a further bit is worth.
  var unitExponent: Int { max(Int(base >> 23), 1) - 150 }

  /// Bins in the order of rows and keys, of which equal ones become one.
  static func merged(_ a: [BinCount], _ b: [BinCount]) -> [BinCount] {
    guard !a.isEmpty, !b.isEmpty else { return a.isEmpty ? b : a }
    var result: [BinCount] = []
    result.reserveCapacity(max(a.count, b.count))
    var (i, j) = (0, 0)
    while i < a.count, j < b.count {
      if (a[i].row, a[i].key) == (b[j].row, b[j].key) {
        var bin = a[i]
        bin.count += b[j].count
        bin.sum += b[j].sum
        bin.squares += b[j].squares
        result.append(bin)
        i += 1
        j += 1
      } else if (a[i].row, a[i].key) < (b[j].row, b[j].key) {
        result.append(a[i])
        i += 1
      } else {
        result.append(b[j])
        j += 1
      }
    }
    return result + a[i...] + b[j...]
  }

  /// The bins of finite elements without their rows, in the order of keys.
  static func withoutRows(_ bins: [BinCount]) -> [BinCount] {
    let finite = bins.filter { $0.key < specialKey }
    // Zeros are far from the others.
    let keys = finite.lazy.map(\.key).filter { $0 > 0 }
    let zeros = finite.reduce(UInt64(0)) { $0 + ($1.key == 0 ? $1.count : 0) }
    var result =
      zeros > 0 ? [BinCount(row: 0, key: 0, count: zeros, sum: 0, squares: 0)] : []
    guard let first = keys.min(), let last = keys.max() else { return result }
    var sums = (first...last).map { BinCount(row: 0, key: $0, count: 0, sum: 0, squares: 0) }
    for bin in finite where bin.key > 0 {
      sums[bin.key - first].count += bin.count
      sums[bin.key - first].sum += bin.sum
      sums[bin.key - first].squares += bin.squares
    }
    result += sums.lazy.filter { $0.count > 0 }
    return result
  }
}
