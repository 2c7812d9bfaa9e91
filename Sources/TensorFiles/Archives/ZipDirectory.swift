// SPDX-License-Identifier: Apache-2.0

/// Where a zip archive's directory lies and how many members it has (APPNOTE.TXT 4.3.14 to 4.3.16).
struct ZipDirectory: Sendable {
  let range: Range<Int>
  let count: Int
  /// The offset of the record that ends the archive.
  let end: Int

  private static let endSignature: [UInt8] = [0x50, 0x4b, 0x05, 0x06]
  private static let endSize = 22
  private static let longestComment = 0xffff
  private static let locatorSignature: [UInt8] = [0x50, 0x4b, 0x06, 0x07]
  private static let locatorSize = 20
  private static let largeEndSignature: [UInt8] = [0x50, 0x4b, 0x06, 0x06]
  private static let largeEndSize = 56

  /// What both records of the end say.
  private struct Record {
    var disks: [UInt64]
    var counts: [UInt64]
    var size: UInt64
    var start: UInt64
  }

  /// The directory of an archive that is the whole file.
  init(_ region: FileRegion) throws(TensorFileProblem) {
    guard let end = Self.end(region) else {
      throw region.problem(
        at: region.count, "no directory of a zip archive at the file's end: cut off, or no archive")
    }
    self.end = end
    var record = Record(
      disks: [4, 6].map { region.littleEndian(at: end + $0, size: 2) },
      counts: [8, 10].map { region.littleEndian(at: end + $0, size: 2) },
      size: region.littleEndian(at: end + 12, size: 4),
      start: region.littleEndian(at: end + 16, size: 4))
    var place = end
    let locator = end - Self.locatorSize
    if locator >= 0, region.holds(Self.locatorSignature, at: locator) {
      place = try Self.largeEnd(region, locator: locator)
      record = Record(
        disks: [16, 20].map { region.littleEndian(at: place + $0, size: 4) },
        counts: [24, 32].map { region.littleEndian(at: place + $0, size: 8) },
        size: region.littleEndian(at: place + 40, size: 8),
        start: region.littleEndian(at: place + 48, size: 8))
    }
    guard record.disks == [0, 0], record.counts[0] == record.counts[1] else {
      throw region.problem(at: place, "an archive split into several files, which is not read")
    }
    let (stop, overflows) = record.start.addingReportingOverflow(record.size)
    guard !overflows, stop == UInt64(place) else {
      throw region.problem(
        at: place,
        "the directory is to lie at byte \(record.start) with \(record.size) bytes, and ends here")
    }
    // An entry has 46 bytes at least: as many entries as the directory cannot hold are refused
    // before anything is made of their number.
    guard record.counts[0] <= record.size / UInt64(ZipEntry.size) else {
      throw region.problem(
        at: place, "\(record.counts[0]) members in a directory of \(record.size) bytes")
    }
    range = Int(record.start)..<place
    count = Int(record.counts[0])
  }

  /// The last place from which an end record with its comment reaches exactly to the file's end.
  private static func end(_ region: FileRegion) -> Int? {
    let latest = region.count - endSize
    guard latest >= 0 else { return nil }
    return (max(0, latest - longestComment)...latest).last { place in
      region.holds(endSignature, at: place)
        && place + endSize + Int(region.littleEndian(at: place + 20, size: 2)) == region.count
    }
  }

  /// The offset of zip64's end record, which lies before its locator.
  private static func largeEnd(
    _ region: FileRegion, locator: Int
  ) throws(TensorFileProblem) -> Int {
    let place = region.littleEndian(at: locator + 8, size: 8)
    guard locator >= largeEndSize, place <= UInt64(locator - largeEndSize),
      region.holds(largeEndSignature, at: Int(place)),
      region.littleEndian(at: Int(place) + 4, size: 8) == UInt64(locator) - place - 12
    else {
      throw region.problem(
        at: locator, "zip64's locator leads to byte \(place), where its end record is not")
    }
    return Int(place)
  }
}
