// SPDX-License-Identifier: Apache-2.0

/// A member of a zip archive, as the archive's directory tells it.
struct ZipMember: Sendable {
  /// How a member's bytes are stored (APPNOTE.TXT 4.4.5).
  enum Method: UInt16, Sendable {
    case stored = 0
    case deflated = 8
  }

  /// The name, with whatever path it has. It is a name only: nothing is ever written to it.
  let name: String
  let method: Method
  /// The CRC-32 of the member's bytes.
  let checksum: UInt32
  /// The member's size, unpacked.
  let size: Int
  /// Where the packed bytes lie in the archive.
  let packed: Range<Int>
  /// Where the member's entry in the directory starts.
  let entry: Int
  /// Where its local header starts.
  let header: Int
}

/// What a zip archive may ask of its reader.
package struct ZipLimits: Sendable, Hashable {
  /// The most members.
  package var members: Int
  /// The most bytes of all members together, unpacked.
  package var size: Int
  /// The most bytes that a packed byte may stand for.
  package var ratio: Int

  /// The limits; by default as many bytes as of a file, and the ratio that deflate cannot exceed:
  /// two bits for each repetition of 258 bytes.
  package init(
    members: Int = 10_000, size: Int = FileContents.sizeLimit, ratio: Int = 4 * 258
  ) {
    self.members = members
    self.size = size
    self.ratio = ratio
  }
}
