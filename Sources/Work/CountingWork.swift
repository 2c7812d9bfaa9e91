// SPDX-License-Identifier: Apache-2.0

/// Work that counts: units of numbered items, which threads, shards and resumed runs take in
/// chunks, and whose counts are added in any order.
package protocol CountingWork: Sendable {
  /// What is counted of some items of a unit.
  associatedtype Count: Hashable, Sendable, Codable

  /// The number of items of each unit.
  var itemCounts: [UInt64] { get }
  /// The items that a thread takes at a time. A checkpoint counts whole chunks, so this bounds what
  /// a kill loses.
  var chunkSize: UInt64 { get }

  /// The count of no items of a unit.
  func nothing(ofUnit unit: Int) -> Count
  /// Adds the count of other items of a unit; in any order the sum is the same.
  func add(_ count: Count, to sum: inout Count)
  /// What one thread keeps from chunk to chunk.
  ///
  /// - Parameter listsLines: whether lines are wanted.
  func worker(listsLines: Bool) -> any CountingWorker<Count>

  /// The cases, such as operands, that items of a unit are: what progress is told in.
  func cases(ofUnit unit: Int, items: Range<UInt64>) -> UInt64
  /// What contradicts a count that was read from a file, in one clause; nil where nothing does.
  func contradiction(_ count: Count, unit: Int, of items: DoneItems) -> String?
}

extension CountingWork {
  package func cases(ofUnit unit: Int, items: Range<UInt64>) -> UInt64 { UInt64(items.count) }

  /// The items of a shard.
  package func portions(of shard: Shard) -> Portions {
    Portions(itemCounts, shard: shard, chunkSize: chunkSize)
  }

  /// The number of cases of a shard.
  package func caseCount(of shard: Shard = .whole) -> UInt64 {
    let portions = portions(of: shard)
    return itemCounts.indices.reduce(0) {
      $0 + cases(ofUnit: $1, items: portions.items(ofUnit: $1))
    }
  }
}

/// One thread's part of a work.
package protocol CountingWorker<Count> {
  associatedtype Count
  /// The count of a run of items of a unit, and the lines about them where they are listed; nil
  /// when `isCancelled` said so.
  func count(
    ofUnit unit: Int, start: UInt64, count: Int, isCancelled: () -> Bool
  ) -> (count: Count, lines: [UInt8])?
}

/// The items of a unit that a count is of.
package struct DoneItems {
  /// How many.
  package let count: UInt64
  /// The cases that they are.
  package let cases: UInt64
  /// Whether an item is one of them.
  package let contains: (UInt64) -> Bool
}
