// SPDX-License-Identifier: Apache-2.0

/// The items of one shard as a sequence of chunks: the work that is handed to threads.
///
/// Each unit's items are divided into n runs whose lengths differ by one at most; the shards that
/// take the longer runs of a unit follow, cyclically, those that took them of the unit before.
/// Hence the numbers of items of any two shards differ by one at most, and each shard has its share
/// of every unit.
package struct Portions: Sendable {
  /// A run of items of one unit.
  private struct Portion {
    var unit: Int
    var start: UInt64
    var count: UInt64
    /// The position of the first chunk in the shard.
    var firstChunk: UInt64
  }

  /// The number of items.
  package let itemCount: UInt64
  /// The number of chunks.
  package let chunkCount: UInt64
  private let portions: [Portion]
  private let chunkSize: UInt64

  /// Raised when items are divided differently: parts of different divisions do not fit together.
  package static let divisionVersion = 2

  /// The portions of a shard of units with the given numbers of items.
  package init(_ counts: [UInt64], shard: Shard, chunkSize: UInt64) {
    self.chunkSize = chunkSize
    let shards = UInt64(shard.of)
    let place = UInt64(shard.index - 1)
    var portions: [Portion] = []
    var (items, chunks, turn): (UInt64, UInt64, UInt64) = (0, 0, 0)
    for (unit, total) in counts.enumerated() {
      let (least, longer) = total.quotientAndRemainder(dividingBy: shards)
      let isLonger = (place + shards - turn) % shards < longer
      let start = place * least + Portions.longerRuns(before: place, from: turn, longer, of: shards)
      let count = least + (isLonger ? 1 : 0)
      turn = (turn + longer) % shards
      guard count > 0 else { continue }
      portions.append(Portion(unit: unit, start: start, count: count, firstChunk: chunks))
      items += count
      chunks += (count + chunkSize - 1) / chunkSize
    }
    self.portions = portions
    itemCount = items
    chunkCount = chunks
  }

  /// How many of the places 0..<place lie in the cyclic run of `length` places from `start` on.
  private static func longerRuns(
    before place: UInt64, from start: UInt64, _ length: UInt64, of shards: UInt64
  ) -> UInt64 {
    let end = start + length
    let wrapped = end > shards ? min(place, end - shards) : 0
    let straight = min(place, min(end, shards))
    return wrapped + (straight > start ? straight - start : 0)
  }

  /// The unit and the items of a chunk.
  package func locate(_ chunk: UInt64) -> (unit: Int, start: UInt64, count: Int) {
    var low = 0
    var high = portions.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if portions[middle].firstChunk <= chunk { low = middle } else { high = middle }
    }
    let portion = portions[low]
    let offset = (chunk - portion.firstChunk) * chunkSize
    return (portion.unit, portion.start + offset, Int(min(chunkSize, portion.count - offset)))
  }

  /// The items of a unit; none where the shard has none of them.
  package func items(ofUnit unit: Int) -> Range<UInt64> {
    portions.first { $0.unit == unit }.map { $0.start..<$0.start + $0.count } ?? 0..<0
  }

  /// The number of items of a unit in the chunks before one.
  package func items(ofUnit unit: Int, beforeChunk chunk: UInt64) -> UInt64 {
    guard let portion = portions.first(where: { $0.unit == unit }), chunk > portion.firstChunk
    else { return 0 }
    let chunks = min(chunk - portion.firstChunk, portion.count / chunkSize + 1)
    return min(chunks * chunkSize, portion.count)
  }

  /// The chunk that holds an item of a unit, nil where the shard has not that item.
  package func chunk(ofUnit unit: Int, item number: UInt64) -> UInt64? {
    guard let portion = portions.first(where: { $0.unit == unit }), number >= portion.start,
      number - portion.start < portion.count
    else { return nil }
    return portion.firstChunk + (number - portion.start) / chunkSize
  }
}
