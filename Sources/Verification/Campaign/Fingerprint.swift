// SPDX-License-Identifier: Apache-2.0
import Foundation

/// FNV-1a with 64 bits (Fowler, Noll and Vo): detects damage and confusion, not malice.
enum Fingerprint {
  /// The hash of bytes as sixteen hexadecimal digits.
  static func of(_ bytes: some Sequence<UInt8>) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

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
    return Fingerprint.of(
      try Fingerprint.json(
        Identity(
          configuration: self, shard: shard, chunkSize: Plan.chunkSize,
          division: Portions.divisionVersion)))
  }
}
