// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFiles
import Work

extension Configuration {
  /// Sixteen hexadecimal digits that tell campaigns and their shards apart.
  package func fingerprint(shard: Shard) throws -> String {
    struct Identity: Encodable {
      var configuration: Configuration
      var shard: Shard
      var chunkSize: UInt64
      var division: Int
    }
    return FNV1a.digest(
      try CanonicalJSON.encode(
        Identity(
          configuration: self, shard: shard, chunkSize: Plan.chunkSize,
          division: Portions.divisionVersion)))
  }
}
