// SPDX-License-Identifier: Apache-2.0

/// An array in NumPy's npy format: NumPy's NEP 1 and `numpy.lib.format`, versions 1.0 to 3.0.
package enum NPYFile {
  /// The array of a file. Elements in another order than a tensor's are copied; those of a
  /// little-endian row-major array are not.
  ///
  /// - Parameters:
  ///   - type: what the elements are where NumPy has no type for them, as for ml_dtypes' BF16 and
  ///     FP8. Unsigned integers, too, are read as any type of their width that is asked for.
  ///   - name: the tensor's name.
  /// - Throws: `TensorFileProblem` with the first byte that is wrong, or at which the file ends too
  ///   early, or that is too many.
  package static func read(
    _ file: FileContents, as type: ElementType? = nil, name: String = ""
  ) throws(TensorFileProblem) -> StoredTensor {
    try file.refuseForeign(wanted: .npy)
    return try read(FileRegion(file), as: type, isForUntyped: false, name: name)
  }

  /// - Parameter isForUntyped: whether the type is not asked of arrays that have one.
  static func read(
    _ region: FileRegion, as asked: ElementType?, isForUntyped: Bool, name: String
  ) throws(TensorFileProblem) -> StoredTensor {
    let header = try NPYHeader(region)
    let isAsked = !isForUntyped || header.elements.type == nil
    let (type, range) = try elements(header, of: region, as: isAsked ? asked : nil)
    let layout = ElementLayout(
      shape: header.shape, size: header.elements.size, isFortranOrder: header.isFortranOrder,
      isBigEndian: header.elements.isBigEndian)
    return StoredTensor(
      name: name, type: type, shape: header.shape,
      contents: layout.rowMajorLittleEndian(region[range]))
  }

  /// What the elements are, and where they lie: to the file's end.
  static func elements(
    _ header: NPYHeader, of region: FileRegion, as asked: ElementType?
  ) throws(TensorFileProblem) -> (type: ElementType, range: Range<Int>) {
    let type = try header.elements.resolved(as: asked, of: region)
    let shape = header.shape
    guard let size = StoredTensor.byteCount(type: type, shape: shape),
      case let (fileSize, overflows) = size.addingReportingOverflow(header.size), !overflows
    else {
      throw region.problem(
        at: header.shapeOffset, "\(shape) of \(type) are more than 2^63 bits")
    }
    guard region.count >= fileSize else {
      throw region.problem(
        at: region.count, "the file ends; \(shape) of \(type) ask for \(fileSize) bytes")
    }
    guard region.count == fileSize else {
      throw region.problem(
        at: fileSize,
        "\(region.count - fileSize) bytes more than \(shape) of \(type) ask for")
    }
    return (type, header.size..<fileSize)
  }

  /// The file that NumPy's `save` writes for an array in row-major order, byte for byte. Version
  /// 1.0 holds every header: 64 sizes of 19 digits are far from its 65,535 bytes.
  ///
  /// - Throws: `TensorFileProblem` where the elements are below a byte: NumPy has no type for them.
  package static func encoded(
    _ tensor: StoredTensor, path: String
  ) throws(TensorFileProblem) -> [UInt8] {
    guard let description = NPYElements.text(of: tensor.type) else {
      throw TensorFileProblem(
        path: path, reason: "NumPy has no packed elements of \(tensor.type): write safetensors")
    }
    let header = Self.header(description: description, shape: tensor.shape)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(header.count + tensor.contents.count)
    bytes += header
    bytes += tensor.contents
    return bytes
  }

  /// The alignment of the first element in the file.
  private static let alignment = 64
  /// The width that NumPy keeps for the size along which an array can grow in its file: the digits
  /// of 8 x 2^64 - 1.
  private static let growthWidth = 21

  private static func header(description: String, shape: [Int]) -> [UInt8] {
    let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = "{'descr': '\(description)', 'fortran_order': False, 'shape': (\(sizes)), }"
    if let first = shape.first {
      text += String(repeating: " ", count: growthWidth - String(first).count)
    }
    let start = NPYHeader.versionEnd + 2
    // NumPy adds a whole block of spaces where none is needed.
    let padding = alignment - (start + text.utf8.count + 1) % alignment
    text += String(repeating: " ", count: padding) + "\n"
    let length = UInt16(text.utf8.count)
    return NPYHeader.magic + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + Array(text.utf8)
  }
}
