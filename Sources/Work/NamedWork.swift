// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFiles

/// A work of one command, told by its configuration alone: its shards are files that `merge` joins.
package protocol NamedWork: CountingWork {
  /// Everything that determines the counts.
  associatedtype Configuration: Codable, Hashable, Sendable

  /// The command, such as `audit`.
  static var name: String { get }
  /// The name and version of the form of its shards' files.
  static var form: String { get }
  /// What determines the counts.
  var configuration: Configuration { get }
  /// The work of a configuration; nil where none can be.
  init?(_ configuration: Configuration)
}

extension NamedWork {
  /// Sixteen hexadecimal digits that tell works and their shards apart.
  package func fingerprint(shard: Shard) throws -> String {
    FNV1a.digest(
      try CanonicalJSON.encode(
        WorkIdentity(
          work: Self.name, configuration: configuration, shard: shard, chunkSize: chunkSize,
          division: Portions.divisionVersion)))
  }

  /// The counts of a shard as a file that `merge` reads.
  package func shardText(
    _ counts: [Count], shard: Shard, run: some Encodable
  ) throws -> String {
    try ShardLines.text(
      NamedHeader<Self>(configuration: configuration, shard: shard, rows: counts.count),
      rows: counts, run: run)
  }

  /// The work and the whole counts that the files of its shards make up; throws a `FileProblem` on
  /// a damaged file, a gap, an overlap or a difference in configuration.
  package static func merged(_ paths: [String]) throws -> (work: Self, counts: [Count]) {
    let shards = try paths.map { path in
      let (header, rows) = try ShardLines.read(path, NamedHeader<Self>.self, Count.self)
      guard let work = Self(header.configuration) else {
        throw FileProblem(
          path: path,
          reason: "its configuration is none of '\(name)'; \(ShardLines.lost(header.shard))")
      }
      if let reason = work.contradiction(rows, shard: header.shard) {
        throw FileProblem(
          path: path,
          reason: "it contradicts its own configuration: \(reason); "
            + ShardLines.lost(header.shard))
      }
      return (path: path, shard: header.shard, work: work, rows: rows)
    }
    try ShardLines.checkWhole(shards.map { ($0.path, $0.shard, $0.work.configuration) })
    let work = shards[0].work
    var counts = work.itemCounts.indices.map { work.nothing(ofUnit: $0) }
    for shard in shards {
      for (unit, count) in shard.rows.enumerated() { work.add(count, to: &counts[unit]) }
    }
    return (work, counts)
  }
}

/// The first line of the file of a named work's shard.
private struct NamedHeader<Work: NamedWork>: ShardHeader {
  static var form: String { Work.form }

  var schema = Self.form
  var configuration: Work.Configuration
  var shard: Shard
  var rows: Int
}

/// What tells works and their shards apart.
private struct WorkIdentity<Configuration: Encodable>: Encodable {
  var work: String
  var configuration: Configuration
  var shard: Shard
  var chunkSize: UInt64
  var division: Int
}
