// SPDX-License-Identifier: Apache-2.0

/// The bins of elements as one thread counts them: two words each, count and Σ r in the first.
///
/// A row of the table is made when a block first asks for it, and its memory is the system's until
/// it is touched.
final class BinTable {
  private var rows = [UnsafeMutablePointer<UInt64>?](repeating: nil, count: 256)
  /// The lowest and the highest key since the last `drain`, zeros aside.
  private var keys = (low: Int.max, high: 0)
  /// The elements since the last `drain`.
  private(set) var elements = 0
  /// The keys of a chunk and their further bits.
  private let scratch: UnsafeMutablePointer<UInt32>

  /// The place of the count in the first word, above Σ r: r is below 2^15.
  private static let countShift: UInt64 = 40
  /// The elements whose sums and count fit the first word.
  static let mostElements = 1 << 24 - 1

  init() { scratch = .allocate(capacity: 2 * TensorLayout.chunkSize) }

  deinit {
    scratch.deallocate()
    for row in rows { row?.deallocate() }
  }

  /// Counts the elements of a chunk.
  ///
  /// - Parameters:
  ///   - values: The elements, as many as whole blocks have.
  ///   - blockLargest: The encoding of the largest magnitude of each block.
  ///   - isExact: Whether no element has further bits.
  func add(
    _ values: UnsafePointer<Float>, _ count: Int, blockLargest: UnsafePointer<UInt32>,
    least: UInt32, largest: UInt32, isExact: Bool
  ) {
    guard count > 0 else { return }
    elements += count
    if largest > 0 {
      keys.low = min(keys.low, Int(least >> BinCount.restBits) * 2)
      keys.high = max(keys.high, Int(largest >> BinCount.restBits) * 2 + 1)
    }
    let (places, rests) = (scratch, scratch + TensorLayout.chunkSize)
    for i in 0..<count {
      let magnitude = values[i].bitPattern & ElementRounding.magnitudeMask
      let rest = magnitude & BinCount.restMask
      let hasRest = (rest &+ BinCount.restMask) &>> BinCount.restBits
      places[i] = (magnitude &>> BinCount.restBits) &<< 2 | hasRest &<< 1
      rests[i] = rest
    }
    for first in stride(from: 0, to: count, by: TensorLayout.blockSize) {
      let row = row(Int(blockLargest[first / TensorLayout.blockSize] >> 23))
      if isExact {
        for i in first..<first &+ TensorLayout.blockSize {
          row[Int(places[i])] &+= 1 &<< Self.countShift
        }
      } else {
        for i in first..<first &+ TensorLayout.blockSize {
          let place = row + Int(places[i])
          let rest = UInt64(rests[i])
          place[0] &+= 1 &<< Self.countShift &+ rest
          place[1] &+= rest &* rest
        }
      }
    }
  }

  private func row(_ number: Int) -> UnsafeMutablePointer<UInt64> {
    if let row = rows[number] { return row }
    let row = UnsafeMutablePointer<UInt64>.allocate(capacity: 2 * BinCount.keyCount)
    row.initialize(repeating: 0, count: 2 * BinCount.keyCount)
    rows[number] = row
    return row
  }

  /// The bins that are not empty, in the order of rows and keys; the table is empty afterwards.
  func drain() -> [BinCount] {
    var bins: [BinCount] = []
    for (number, row) in rows.enumerated() {
      guard let row else { continue }
      func take(_ key: Int) {
        let word = row[2 * key]
        guard word != 0 else { return }
        bins.append(
          BinCount(
            row: number, key: key, count: word >> Self.countShift,
            sum: word & (1 << Self.countShift - 1), squares: row[2 * key + 1]))
        row[2 * key] = 0
        row[2 * key + 1] = 0
      }
      take(0)
      if keys.low <= keys.high {
        for key in max(keys.low, 1)...keys.high { take(key) }
      }
    }
    keys = (Int.max, 0)
    elements = 0
    return bins
  }
}
