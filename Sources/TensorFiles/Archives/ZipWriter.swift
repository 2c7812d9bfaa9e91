// SPDX-License-Identifier: Apache-2.0

/// A zip archive of stored members, written as NumPy's `savez` has Python's zipfile write it: each
/// local header with zip64's sizes, every date the first of 1980, the rights of a private file.
struct ZipWriter {
  /// The largest archive: from here on the directory would need zip64's numbers, too.
  static let sizeLimit = Int(Int32.max)
  /// The longest name in UTF-8, without which its length would not fit.
  static let longestName = Int(UInt16.max)

  private var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count = 0

  /// zip64 needs 4.5 of APPNOTE.TXT; the version that made it, with Unix's rights.
  private static let versionNeeded: UInt64 = 45
  private static let versionMadeBy: UInt64 = 3 << 8 | 45
  private static let nameIsUTF8: UInt64 = 1 << 11
  private static let firstOf1980: UInt64 = 1 << 5 | 1
  private static let privateFile: UInt64 = 0o600 << 16
  private static let elsewhere = UInt64(UInt32.max)

  /// The bytes that a member adds to an archive, and those of the archive's end.
  static func size(name: String, count: Int) -> Int { 30 + 20 + 46 + 2 * name.utf8.count + count }
  static let endSize = 22

  /// Room for an archive of so many bytes.
  init(capacity: Int) { bytes.reserveCapacity(capacity) }

  /// Adds a member.
  ///
  /// - Precondition: the whole is within `sizeLimit`, and the name within `longestName`.
  mutating func append(name: String, contents: [UInt8]) {
    let offset = UInt64(bytes.count)
    let size = UInt64(contents.count)
    let common: [(UInt64, Int)] = [
      (name.utf8.allSatisfy { $0 < 0x80 } ? 0 : Self.nameIsUTF8, 2), (0, 2), (0, 2),
      (Self.firstOf1980, 2), (UInt64(Checksum32.of(contents[...])), 4),
    ]
    let nameSize = (UInt64(name.utf8.count), 2)
    bytes += [0x50, 0x4b, 0x03, 0x04]
    Self.append([(Self.versionNeeded, 2)] + common, to: &bytes)
    Self.append([(Self.elsewhere, 4), (Self.elsewhere, 4), nameSize, (20, 2)], to: &bytes)
    bytes += name.utf8
    Self.append([(1, 2), (16, 2), (size, 8), (size, 8)], to: &bytes)
    bytes += contents
    directory += [0x50, 0x4b, 0x01, 0x02]
    Self.append([(Self.versionMadeBy, 2), (Self.versionNeeded, 2)] + common, to: &directory)
    Self.append([(size, 4), (size, 4), nameSize, (0, 2), (0, 2)], to: &directory)
    Self.append([(0, 2), (0, 2), (Self.privateFile, 4), (offset, 4)], to: &directory)
    directory += name.utf8
    count += 1
  }

  /// The archive.
  consuming func finished() -> [UInt8] {
    let (start, size) = (UInt64(bytes.count), UInt64(directory.count))
    bytes += directory
    bytes += [0x50, 0x4b, 0x05, 0x06]
    let members = (UInt64(count), 2)
    Self.append([(0, 2), (0, 2), members, members, (size, 4), (start, 4), (0, 2)], to: &bytes)
    return bytes
  }

  private static func append(_ numbers: [(value: UInt64, size: Int)], to bytes: inout [UInt8]) {
    for (value, size) in numbers {
      for index in 0..<size { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
    }
  }
}
