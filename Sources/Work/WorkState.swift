// SPDX-License-Identifier: Apache-2.0

/// The chunks of a shard that are done, and what was counted of them.
package struct WorkState<Count: Hashable & Sendable & Codable>: Hashable, Sendable, Codable {
  /// Every chunk before this position is done.
  package var position: UInt64 = 0
  /// Chunks at or after `position` that are done too, ascending.
  package var ahead: [UInt64] = []
  /// The number of cases done.
  package var cases: UInt64 = 0
  /// The counts, unit by unit.
  package var counts: [Count]
  /// The part of the list that the chunks before `position` have written; nil where none is kept.
  package var list: ListPosition?

  /// The state in which nothing is done.
  package init<Work: CountingWork>(_ work: Work) where Work.Count == Count {
    counts = work.itemCounts.indices.map { work.nothing(ofUnit: $0) }
  }

  /// Marks a chunk as done.
  mutating func complete(_ chunk: UInt64) {
    let place = ahead.firstIndex { $0 > chunk } ?? ahead.count
    ahead.insert(chunk, at: place)
    while let next = ahead.first, next == position {
      ahead.removeFirst()
      position += 1
    }
  }

  /// Whether the state is one that a run of a shard of a work can have reached.
  package func fits<Work: CountingWork>(_ work: Work, shard: Shard) -> Bool
  where Work.Count == Count {
    let portions = work.portions(of: shard)
    let total = portions.chunkCount
    guard counts.count == work.itemCounts.count, position <= total,
      ahead.allSatisfy({ $0 > position && $0 < total }),
      zip(ahead, ahead.dropFirst()).allSatisfy({ $0 < $1 })
    else { return false }
    var items = counts.indices.map { portions.items(ofUnit: $0, beforeChunk: position) }
    var done = counts.indices.map { unit in
      let start = portions.items(ofUnit: unit).lowerBound
      return work.cases(ofUnit: unit, items: start..<start + items[unit])
    }
    for chunk in ahead {
      let (unit, start, count) = portions.locate(chunk)
      items[unit] += UInt64(count)
      done[unit] += work.cases(ofUnit: unit, items: start..<start + UInt64(count))
    }
    guard cases == done.reduce(0, +) else { return false }
    let finished = Set(ahead)
    return counts.indices.allSatisfy { unit in
      let items = DoneItems(count: items[unit], cases: done[unit]) { number in
        portions.chunk(ofUnit: unit, item: number).map { chunk in
          chunk < position || finished.contains(chunk)
        } ?? false
      }
      return work.contradiction(counts[unit], unit: unit, of: items) == nil
    }
  }
}

extension CountingWork {
  /// What contradicts the counts of a complete shard, in one clause; nil where nothing does.
  package func contradiction(_ counts: [Count], shard: Shard) -> String? {
    guard counts.count == itemCounts.count else {
      return "it has \(counts.count) rows, and \(itemCounts.count) by its configuration"
    }
    let portions = portions(of: shard)
    for (unit, count) in counts.enumerated() {
      let range = portions.items(ofUnit: unit)
      let items = DoneItems(
        count: UInt64(range.count), cases: cases(ofUnit: unit, items: range),
        contains: range.contains)
      if let reason = contradiction(count, unit: unit, of: items) {
        return "row \(unit + 1): \(reason)"
      }
    }
    return nil
  }
}
