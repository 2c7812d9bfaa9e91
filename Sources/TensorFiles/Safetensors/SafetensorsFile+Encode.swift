// SPDX-License-Identifier: Apache-2.0
import Words

extension SafetensorsFile {
  /// The header's length is a multiple of this many bytes, spaces added.
  private static let alignment = 8

  /// The file that the format's reference writes, byte for byte where that does not depend on
  /// chance: tensors by alignment, then by name; notes by name.
  ///
  /// - Throws: `TensorFileProblem` where two tensors or two notes have a name, a tensor has the one
  ///   that is reserved, or the header is longer than is read.
  package func encoded(path: String) throws(TensorFileProblem) -> [UInt8] {
    try tensors.refuseEqualNames(path: path)
    let notes = metadata.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    for (note, next) in zip(notes, notes.dropFirst())
    where note.name.utf8.elementsEqual(next.name.utf8) {
      throw TensorFileProblem(path: path, reason: "two notes with the name \(quoted(note.name))")
    }
    guard !tensors.contains(where: { $0.name == SafetensorsHeader.metadataName }) else {
      throw TensorFileProblem(
        path: path, reason: "no tensor can have the name '\(SafetensorsHeader.metadataName)'")
    }
    let sorted = Self.sorted(tensors)
    let header = Self.header(sorted, notes: notes)
    guard header.count <= SafetensorsHeader.longest else {
      throw TensorFileProblem(
        path: path,
        reason: "a header of \(header.count) bytes, and at most \(SafetensorsHeader.longest) are "
          + "read: write fewer tensors, or shorter names")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(
      SafetensorsHeader.lengthSize + header.count + sorted.reduce(0) { $0 + $1.contents.count })
    for index in 0..<SafetensorsHeader.lengthSize {
      bytes.append(UInt8(truncatingIfNeeded: header.count >> (8 * index)))
    }
    bytes += header
    for tensor in sorted { bytes += tensor.contents }
    return bytes
  }

  /// The tensors in the order of their bytes: the most aligned first, so that all are aligned.
  private static func sorted(_ tensors: [StoredTensor]) -> [StoredTensor] {
    let ranks = Dictionary(
      uniqueKeysWithValues: ElementType.allCases.enumerated().map { ($1, $0) })
    return tensors.sorted { one, other in
      let (rank, otherRank) = (ranks[one.type, default: 0], ranks[other.type, default: 0])
      guard rank == otherRank else { return rank > otherRank }
      return one.name.utf8.lexicographicallyPrecedes(other.name.utf8)
    }
  }

  private static func header(_ tensors: [StoredTensor], notes: [Note]) -> [UInt8] {
    var members: [String] = []
    if !notes.isEmpty {
      let texts = notes.map { "\(JSONLiteral.string($0.name)):\(JSONLiteral.string($0.text))" }
        .joined(separator: ",")
      members.append("\(JSONLiteral.string(SafetensorsHeader.metadataName)):{\(texts)}")
    }
    var start = 0
    for tensor in tensors {
      let end = start + tensor.contents.count
      let sizes = tensor.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(JSONLiteral.string(tensor.name)):{\"dtype\":\"\(tensor.type.safetensorsName)\",\"shape\":[\(sizes)],"
          + "\"data_offsets\":[\(start),\(end)]}")
      start = end
    }
    var header = Array("{\(members.joined(separator: ","))}".utf8)
    let excess = header.count % alignment
    if excess > 0 { header += [UInt8](repeating: 0x20, count: alignment - excess) }
    return header
  }
}
