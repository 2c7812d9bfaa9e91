// SPDX-License-Identifier: Apache-2.0

/// The members of a zip archive (APPNOTE.TXT of PKWARE, 6.3.10), stored or deflated, with the
/// larger numbers of zip64; one that is encrypted, split, or contradicts itself is refused.
struct ZipArchive: Sendable {
  let region: FileRegion
  let members: [ZipMember]

  /// The directory of a file, compared with its local headers. Nothing is unpacked.
  init(_ region: FileRegion, limits: ZipLimits) throws(TensorFileProblem) {
    self.region = region
    let directory = try ZipDirectory(region)
    guard directory.count <= limits.members else {
      throw region.problem(
        at: directory.end,
        "\(directory.count) members, and at most \(limits.members) are read")
    }
    var members: [ZipMember] = []
    var names: Set<[UInt8]> = []
    var total = 0
    var offset = directory.range.lowerBound
    for _ in 0..<directory.count {
      let entry = try ZipEntry(region, at: offset, end: directory.range.upperBound)
      let member = try entry.member(before: directory.range.lowerBound)
      guard names.insert(Array(member.name.utf8)).inserted else {
        throw region.problem(at: offset, "a second member \(quoted(member.name))")
      }
      try Self.check(member, limits: limits, region)
      // Each is within the limit on all of them, so that the sum cannot overflow before it is
      // compared.
      total += member.size
      guard total <= limits.size else {
        throw region.problem(
          at: offset,
          "members up to \(quoted(member.name)) have \(total) bytes, and at most \(limits.size) "
            + "are read")
      }
      members.append(member)
      offset = entry.end
    }
    guard offset == directory.range.upperBound else {
      throw region.problem(at: offset, "the directory goes on after its \(directory.count) members")
    }
    try Self.refuseOverlaps(members, region)
    self.members = members
  }

  private static func check(
    _ member: ZipMember, limits: ZipLimits, _ region: FileRegion
  ) throws(TensorFileProblem) {
    let name = quoted(member.name)
    guard member.size <= limits.size else {
      throw region.problem(
        at: member.entry,
        "member \(name) has \(member.size) bytes, and at most \(limits.size) are read")
    }
    switch member.method {
    case .stored:
      guard member.packed.count == member.size else {
        throw region.problem(
          at: member.entry,
          "member \(name) is stored in \(member.packed.count) bytes and has \(member.size)")
      }
    case .deflated:
      // Neither factor is above 2^62, and a product that overflows is above every size.
      let (most, overflows) = member.packed.count.multipliedReportingOverflow(by: limits.ratio)
      guard overflows || member.size <= most else {
        throw region.problem(
          at: member.entry,
          "member \(name) claims \(member.size) bytes out of \(member.packed.count), more than "
            + "\(limits.ratio) for each")
      }
    }
  }

  /// Members that share bytes let a small archive ask for much work.
  private static func refuseOverlaps(
    _ members: [ZipMember], _ region: FileRegion
  ) throws(TensorFileProblem) {
    var end = 0
    for member in members.sorted(by: { $0.header < $1.header }) {
      guard member.header >= end else {
        throw region.problem(
          at: member.header, "member \(quoted(member.name)) starts within another one")
      }
      end = member.packed.upperBound
    }
  }

  /// The first bytes of a deflated member, at most `size`, and fewer where it is damaged.
  func head(of member: ZipMember, size: Int) -> [UInt8] {
    Deflate.head(region[member.packed], size: min(size, member.size))
  }

  /// The bytes of a member, compared with its checksum; without a copy where they are stored.
  func contents(of member: ZipMember) throws(TensorFileProblem) -> ArraySlice<UInt8> {
    let packed = region[member.packed]
    let contents: ArraySlice<UInt8>
    switch member.method {
    case .stored: contents = packed
    case .deflated:
      guard let inflated = Deflate.inflated(packed, size: member.size) else {
        throw region.problem(
          at: member.packed.lowerBound,
          "member \(quoted(member.name)) is damaged: its \(packed.count) bytes do not unpack to "
            + "\(member.size)")
      }
      contents = inflated[...]
    }
    let checksum = Checksum32.of(contents)
    guard checksum == member.checksum else {
      throw region.problem(
        at: member.packed.lowerBound,
        "member \(quoted(member.name)) is damaged: its CRC-32 is \(hexadecimal(checksum)), and "
          + "the directory has \(hexadecimal(member.checksum))")
    }
    return contents
  }
}
