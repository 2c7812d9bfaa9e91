// SPDX-License-Identifier: Apache-2.0

/// An entry of a zip archive's directory (APPNOTE.TXT 4.3.12), and what its local header (4.3.7)
/// has to repeat.
struct ZipEntry: Sendable {
  /// The bytes of an entry without its name, its extra fields and its comment.
  static let size = 46
  /// Where the next entry starts.
  let end: Int

  private static let signature: [UInt8] = [0x50, 0x4b, 0x01, 0x02]
  private static let localSignature: [UInt8] = [0x50, 0x4b, 0x03, 0x04]
  private static let localSize = 30
  /// What a field holds whose value is in zip64's extra field.
  private static let elsewhere = UInt64(UInt32.max)
  private static let largeField = 1

  /// Flags: encrypted, sizes after the data, encrypted as of version 5, a name in UTF-8, a
  /// directory that is encrypted.
  private static let encrypted: UInt64 = 1 << 0 | 1 << 6 | 1 << 13
  private static let sizesFollow: UInt64 = 1 << 3
  private static let nameIsUTF8: UInt64 = 1 << 11

  private let region: FileRegion
  private let offset: Int
  private let flags: UInt64
  private let method: UInt64
  private let checksum: UInt64
  private let rawName: ArraySlice<UInt8>
  private let packedSize: UInt64
  private let unpackedSize: UInt64
  private let headerOffset: UInt64

  /// The entry at an offset of a directory that ends at `end`.
  init(_ region: FileRegion, at offset: Int, end: Int) throws(TensorFileProblem) {
    guard offset <= end - Self.size, region.holds(Self.signature, at: offset) else {
      throw region.problem(at: offset, "no entry of the archive's directory, where one is due")
    }
    func number(_ place: Int, _ size: Int) -> UInt64 {
      region.littleEndian(at: offset + place, size: size)
    }
    let nameEnd = offset + Self.size + Int(number(28, 2))
    let extraEnd = nameEnd + Int(number(30, 2))
    self.end = extraEnd + Int(number(32, 2))
    guard self.end <= end else {
      throw region.problem(at: offset, "an entry that goes on after the archive's directory")
    }
    self.region = region
    self.offset = offset
    flags = number(8, 2)
    method = number(10, 2)
    checksum = number(16, 4)
    rawName = region[offset + Self.size..<nameEnd]
    let large = try Self.largeNumbers(
      region, extra: nameEnd..<extraEnd, replacing: [number(24, 4), number(20, 4), number(42, 4)])
    (unpackedSize, packedSize, headerOffset) = (large[0], large[1], large[2])
    guard number(34, 2) == 0 else {
      throw region.problem(
        at: offset + 34, "an archive split into several files, which is not read")
    }
  }

  /// Numbers of 32 bits, each replaced by the next one of zip64's extra field where it is to be.
  private static func largeNumbers(
    _ region: FileRegion, extra: Range<Int>, replacing numbers: [UInt64]
  ) throws(TensorFileProblem) -> [UInt64] {
    guard numbers.contains(elsewhere) else { return numbers }
    var place = extra.lowerBound
    while place + 4 <= extra.upperBound {
      let field = place + 4..<place + 4 + Int(region.littleEndian(at: place + 2, size: 2))
      guard field.upperBound <= extra.upperBound else { break }
      guard region.littleEndian(at: place, size: 2) == largeField else {
        place = field.upperBound
        continue
      }
      var next = field.lowerBound
      var large = numbers
      for index in large.indices where large[index] == elsewhere {
        guard next + 8 <= field.upperBound else {
          throw region.problem(at: place, "zip64's extra field ends before the numbers it replaces")
        }
        large[index] = region.littleEndian(at: next, size: 8)
        next += 8
      }
      return large
    }
    throw region.problem(at: extra.lowerBound, "zip64's extra field is missing or damaged")
  }

  /// The member, which lies before the directory.
  func member(before limit: Int) throws(TensorFileProblem) -> ZipMember {
    let name = try self.name
    guard flags & Self.encrypted == 0 else {
      throw region.problem(
        at: offset + 8, "member \(quoted(name)) is encrypted, which is not read")
    }
    guard let method = UInt16(exactly: method).flatMap(ZipMember.Method.init) else {
      throw region.problem(
        at: offset + 10,
        "member \(quoted(name)) is packed by method \(method); stored (0) and deflated (8) are read"
      )
    }
    guard headerOffset <= UInt64(limit), let header = Int(exactly: headerOffset),
      header + Self.localSize <= limit, region.holds(Self.localSignature, at: header)
    else {
      throw region.problem(
        at: offset + 42,
        "member \(quoted(name)) is to start at byte \(headerOffset), where no member does")
    }
    let start = try dataStart(header: header, limit: limit, name: name)
    guard packedSize <= UInt64(limit - start), let size = Int(exactly: unpackedSize) else {
      throw region.problem(
        at: offset + 20,
        "member \(quoted(name)) of \(packedSize) bytes goes on into the archive's directory")
    }
    return ZipMember(
      name: name, method: method, checksum: UInt32(checksum), size: size,
      packed: start..<start + Int(packedSize), entry: offset, header: header)
  }

  private var name: String {
    get throws(TensorFileProblem) {
      let isASCII = rawName.allSatisfy { $0 < 0x80 }
      guard isASCII || flags & Self.nameIsUTF8 != 0,
        let name = String(validating: rawName, as: UTF8.self)
      else {
        throw region.problem(
          at: offset + Self.size, "a member's name is neither ASCII nor marked as UTF-8 and such")
      }
      return name
    }
  }

  /// Where a member's bytes start, after a local header that says what the directory says.
  private func dataStart(
    header: Int, limit: Int, name: String
  ) throws(TensorFileProblem) -> Int {
    func number(_ place: Int, _ size: Int) -> UInt64 {
      region.littleEndian(at: header + place, size: size)
    }
    func contradiction(_ place: Int, _ what: String) -> TensorFileProblem {
      region.problem(
        at: header + place,
        "member \(quoted(name)): its header has \(what) than the archive's directory")
    }
    let nameEnd = header + Self.localSize + Int(number(26, 2))
    let extraEnd = nameEnd + Int(number(28, 2))
    guard extraEnd <= limit else {
      throw region.problem(
        at: header, "member \(quoted(name)): its header goes on into the archive's directory")
    }
    guard number(6, 2) == flags else { throw contradiction(6, "other flags") }
    guard number(8, 2) == method else { throw contradiction(8, "another method") }
    guard region[header + Self.localSize..<nameEnd] == rawName else {
      throw contradiction(Self.localSize, "another name")
    }
    // Written to a stream, a header may leave to the record after the data what follows from it.
    let mayBeZero = flags & Self.sizesFollow != 0
    guard number(14, 4) == checksum || mayBeZero && number(14, 4) == 0 else {
      throw contradiction(14, "another CRC-32")
    }
    let sizes = try Self.largeNumbers(
      region, extra: nameEnd..<extraEnd, replacing: [number(22, 4), number(18, 4)])
    guard sizes == [unpackedSize, packedSize] || mayBeZero && sizes == [0, 0] else {
      throw contradiction(18, "other sizes")
    }
    return extraEnd
  }
}
