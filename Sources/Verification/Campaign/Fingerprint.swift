// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFiles

/// What tells campaigns and their files apart.
enum Fingerprint {
  /// The JSON of a value on one line with sorted keys: equal values give equal bytes.
  static func json(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value)
  }
}

extension Configuration {
  /// Sixteen hexadecimal digits that tell campaigns and their shards apart.
  public func fingerprint(shard: Shard) throws -> String {
    struct Identity: Encodable {
      var configuration: Configuration
      var shard: Shard
      var chunkSize: UInt64
      var division: Int
    }
    return FNV1a.digest(
      try Fingerprint.json(
        Identity(
          configuration: self, shard: shard, chunkSize: Plan.chunkSize,
          division: Portions.divisionVersion)))
  }
}
