// SPDX-License-Identifier: Apache-2.0
import Words

/// Arrays in NumPy's npz format: a zip archive with an npy file for each, whose name without `.npy`
/// is the array's.
package enum NPZFile {
  private static let suffix = ".npy"

  /// The arrays of a file, in the order of the archive's directory. A name is a name, whatever path
  /// it looks like: nothing is unpacked but into memory.
  ///
  /// - Parameters:
  ///   - type: what the elements are of those arrays for which NumPy has no type.
  ///   - limits: what the archive may ask for; its directory is compared with them first.
  /// - Throws: `TensorFileProblem` with the byte of the archive; or, named `file.npz/member.npy`,
  ///   of the unpacked member.
  package static func read(
    _ file: FileContents, as type: ElementType? = nil, limits: ZipLimits = ZipLimits()
  ) throws(TensorFileProblem) -> [StoredTensor] {
    try file.refuseForeign(wanted: .npz)
    let region = FileRegion(file)
    // An archive without members is its end record alone.
    guard region.holds([0x50, 0x4b, 0x03, 0x04], at: 0) || region.holds([0x50, 0x4b, 5, 6], at: 0)
    else { throw region.problem(at: 0, "not npz, which begins with PK, 0x03 and 0x04") }
    let archive = try ZipArchive(region, limits: limits)
    for member in archive.members where !member.name.hasSuffix(suffix) {
      throw region.problem(
        at: member.entry,
        "member \(quoted(member.name)) is no array: those of npz have names that end in \(suffix)")
    }
    var tensors: [StoredTensor] = []
    for member in archive.members {
      try refuseContradiction(of: member, in: archive, as: type)
      let contents = FileRegion(
        path: "\(file.path)/\(Echo.word(member.name))", bytes: try archive.contents(of: member))
      let name = String(member.name.dropLast(suffix.count))
      tensors.append(try NPYFile.read(contents, as: type, isForUntyped: true, name: name))
    }
    return tensors
  }

  /// Throws where a deflated member's header asks for other bytes than its size, before they are
  /// unpacked: a small archive may claim a gigabyte.
  private static func refuseContradiction(
    of member: ZipMember, in archive: ZipArchive, as type: ElementType?
  ) throws(TensorFileProblem) {
    guard member.method == .deflated, member.size > headSize else { return }
    let bytes = archive.head(of: member, size: headSize)
    // Damage is told where everything is unpacked.
    guard bytes.count == headSize else { return }
    let path = "\(archive.region.path)/\(Echo.word(member.name))"
    let head = FileRegion(path: path, head: bytes, size: member.size)
    let header: NPYHeader
    do {
      header = try NPYHeader(head.limited(to: headSize))
    } catch {
      // A header that is longer.
      if error.byte == NPYHeader.versionEnd { return }
      throw error
    }
    let isAsked = header.elements.type == nil
    _ = try NPYFile.elements(header, of: head, as: isAsked ? type : nil)
  }

  /// The first bytes of a member, which hold every header that NumPy writes.
  private static let headSize = 1 << 17

  /// The file that NumPy's `savez` writes for arrays with these names, byte for byte.
  ///
  /// - Throws: `TensorFileProblem` where two have a name, or one has elements below a byte, or the
  ///   archive has more members than are read or more bytes than zip can tell without zip64.
  package static func encoded(
    _ tensors: [StoredTensor], path: String
  ) throws(TensorFileProblem) -> [UInt8] {
    try tensors.refuseEqualNames(path: path)
    let limit = ZipLimits().members
    guard tensors.count <= limit else {
      throw TensorFileProblem(
        path: path, reason: "\(tensors.count) tensors, and an npz of at most \(limit) is written")
    }
    var files: [(name: String, contents: [UInt8])] = []
    var size = ZipWriter.endSize
    for tensor in tensors {
      let name = tensor.name + suffix
      guard name.utf8.count <= ZipWriter.longestName else {
        throw TensorFileProblem(
          path: path,
          reason: "the name \(quoted(tensor.name)) is longer than a name of an npz can be")
      }
      let contents = try NPYFile.encoded(tensor, path: path)
      size += ZipWriter.size(name: name, count: contents.count)
      guard size <= ZipWriter.sizeLimit else {
        throw TensorFileProblem(
          path: path,
          reason: "more than \(ZipWriter.sizeLimit) bytes are not written as npz: write safetensors"
        )
      }
      files.append((name, contents))
    }
    var writer = ZipWriter(capacity: size)
    for file in files { writer.append(name: file.name, contents: file.contents) }
    return writer.finished()
  }
}

extension [StoredTensor] {
  /// Throws where two tensors have a name. Swift's strings are equal that look alike; a file's
  /// names are equal where their bytes are.
  func refuseEqualNames(path: String) throws(TensorFileProblem) {
    var names: Set<[UInt8]> = []
    for tensor in self where !names.insert([UInt8](tensor.name.utf8)).inserted {
      throw TensorFileProblem(
        path: path, reason: "two tensors with the name \(quoted(tensor.name))")
    }
  }
}
