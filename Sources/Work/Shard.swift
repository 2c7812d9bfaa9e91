// SPDX-License-Identifier: Apache-2.0

/// The part of a campaign that one of several machines runs: the `index`-th of `of` equal parts of
/// the items of every unit.
package struct Shard: Hashable, Sendable, Codable {
  /// The place of the shard, 1...of.
  package var index: Int
  /// The number of shards.
  package var of: Int

  /// The greatest number of shards.
  package static let largestCount = 1 << 20
  /// The whole work.
  package static let whole = Shard(index: 1, of: 1)

  /// The shard at a place; nil unless 1 <= index <= of.
  package init?(index: Int, count: Int) {
    guard count >= 1, count <= Shard.largestCount, (1...count).contains(index) else { return nil }
    self.init(index: index, of: count)
  }

  private init(index: Int, of count: Int) { (self.index, self.of) = (index, count) }

  private enum CodingKeys: CodingKey { case index, of }

  /// The shard in the decoder; throws unless 1 <= index <= of.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let (index, count) = (
      try container.decode(Int.self, forKey: .index), try container.decode(Int.self, forKey: .of)
    )
    guard let shard = Shard(index: index, count: count) else {
      throw DecodingError.dataCorruptedError(
        forKey: .index, in: container, debugDescription: "no shard \(index)/\(count)")
    }
    self = shard
  }

  /// The shard of `2/8`, nil for anything else.
  package init?(name: String) {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false).map { part in
      part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(part) : nil
    }
    guard parts.count == 2, let index = parts[0], let count = parts[1] else { return nil }
    self.init(index: index, count: count)
  }
}
