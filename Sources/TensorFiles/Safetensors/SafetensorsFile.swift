// SPDX-License-Identifier: Apache-2.0

/// Tensors in the safetensors format, as its README has it: a length in 8 bytes, little-endian, a
/// JSON object of that length, and the tensors' bytes, without a hole and without an overlap.
package struct SafetensorsFile: Sendable, Hashable {
  /// A text that a writer added about the whole file.
  package struct Note: Sendable, Hashable {
    package var name: String
    package var text: String

    /// The note.
    package init(name: String, text: String) {
      self.name = name
      self.text = text
    }
  }

  /// The tensors, in the order of the header.
  package let tensors: [StoredTensor]
  /// What `__metadata__` holds, in its order.
  package let metadata: [Note]

  /// The file of tensors.
  package init(tensors: [StoredTensor], metadata: [Note] = []) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// What a file holds; the tensors share its bytes, wherever they are aligned.
  ///
  /// What the format's README forbids is refused even where its reference reads it: a space before
  /// the header and a name that stands twice; so are keys that it does not know.
  ///
  /// - Throws: `TensorFileProblem` with the first byte that is wrong, of the header where the
  ///   header and the bytes contradict each other.
  package init(_ file: FileContents) throws(TensorFileProblem) {
    try file.refuseForeign(wanted: .safetensors)
    let region = FileRegion(file)
    let header = try Self.header(region)
    metadata = header.metadata
    tensors = header.entries.map { entry in
      let bytes = header.size + entry.range.lowerBound..<header.size + entry.range.upperBound
      return StoredTensor(
        name: entry.name, type: entry.type, shape: entry.shape, contents: region[bytes])
    }
  }

  /// The header of a file whose tensors have the sizes that it says and cover the buffer.
  static func header(_ region: FileRegion) throws(TensorFileProblem) -> SafetensorsHeader {
    let header = try SafetensorsHeader(region)
    for entry in header.entries { try checkSize(entry, region) }
    try checkCover(header, region)
    return header
  }

  private static func checkSize(
    _ entry: SafetensorsHeader.Entry, _ region: FileRegion
  ) throws(TensorFileProblem) {
    let what = "tensor \(quoted(entry.name)): \(entry.shape) of \(entry.type)"
    guard let bits = StoredTensor.bitCount(type: entry.type, shape: entry.shape) else {
      throw region.problem(at: entry.shapePlace, "\(what) are more than 2^63 bits")
    }
    guard bits.isMultiple(of: 8) else {
      throw region.problem(
        at: entry.shapePlace, "\(what) are \(bits) bits, which are not whole bytes")
    }
    guard bits / 8 == entry.range.count else {
      throw region.problem(
        at: entry.rangePlace,
        "\(what) are \(bits / 8) bytes, and data_offsets have \(entry.range.count)")
    }
  }

  /// Throws unless the tensors cover the buffer, each byte once.
  private static func checkCover(
    _ header: SafetensorsHeader, _ region: FileRegion
  ) throws(TensorFileProblem) {
    let size = region.count - header.size
    let sorted = header.entries.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    var end = 0
    for entry in sorted {
      let (start, name) = (entry.range.lowerBound, quoted(entry.name))
      guard start == end else {
        throw region.problem(
          at: entry.rangePlace,
          start > end
            ? "tensor \(name) starts at \(start) of the buffer, and those before it end at \(end)"
            : "tensor \(name) starts at \(start) of the buffer, before the end of another at \(end)"
        )
      }
      end = entry.range.upperBound
      guard end <= size else {
        throw region.problem(
          at: entry.rangePlace,
          "tensor \(name) ends at \(end) of the buffer, which has \(size) bytes in the file")
      }
    }
    guard end == size else {
      throw region.problem(
        at: header.size + end, "\(size - end) bytes more than the header's tensors have")
    }
  }
}
