// SPDX-License-Identifier: Apache-2.0
import TensorFiles

/// How much of a list of lines is written: what a resumed run goes on from.
package struct ListPosition: Hashable, Sendable, Codable {
  /// The bytes of the lines, without the header.
  package var bytes: UInt64 = 0
  /// Their FNV-1a hash.
  package var hash: UInt64

  /// A list without lines.
  package init() { hash = FNV1a.offsetBasis }

  /// Adds lines.
  package mutating func append(_ lines: [UInt8]) {
    bytes += UInt64(lines.count)
    hash = FNV1a.hash(lines, after: hash)
  }
}
