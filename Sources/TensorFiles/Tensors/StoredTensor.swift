// SPDX-License-Identifier: Apache-2.0

/// A tensor as a file holds it: a name, a type, a shape, and the elements' encodings in row-major
/// order, each little-endian, those below a byte packed without gaps.
package struct StoredTensor: Sendable, Hashable {
  /// The name in the file; empty in one that holds a single tensor without a name.
  package let name: String
  /// What an element is.
  package let type: ElementType
  /// The sizes, the slowest dimension first; none for a scalar.
  package let shape: [Int]
  /// The elements' bytes. They share the storage of the file's bytes where the file has them in
  /// this order, so the first index is seldom 0.
  package let contents: ArraySlice<UInt8>

  /// The most dimensions that are read or written: NumPy's limit.
  package static let rankLimit = 64

  /// The tensor of a shape.
  ///
  /// - Precondition: at most `rankLimit` sizes, none negative, and as many bytes as `byteCount`
  ///   tells.
  package init(name: String, type: ElementType, shape: [Int], contents: ArraySlice<UInt8>) {
    precondition(shape.count <= Self.rankLimit && shape.allSatisfy { $0 >= 0 }, "\(shape)")
    precondition(
      Self.byteCount(type: type, shape: shape) == contents.count,
      "\(contents.count) bytes for \(shape) of \(type)")
    self.name = name
    self.type = type
    self.shape = shape
    self.contents = contents
  }

  /// The number of elements.
  package var count: Int { shape.reduce(1, *) }

  /// The elements' encodings, in a copy: each as one unsigned number.
  ///
  /// - Precondition: `Word` is as wide as the type.
  package func words<Word: FixedWidthInteger & UnsignedInteger>(as: Word.Type) -> [Word] {
    precondition(Word.bitWidth == type.bitWidth, "\(Word.self) for \(type)")
    return contents.withUnsafeBytes { bytes in
      (0..<count).map { index in
        let offset = index * MemoryLayout<Word>.size
        return Word(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Word.self))
      }
    }
  }

  /// The bits of all elements; nil where they, or the product of the sizes other than 0, exceed
  /// 2^63 - 1: a size of 0 makes no impossible shape possible, in whatever order they stand.
  package static func bitCount(type: ElementType, shape: [Int]) -> Int? {
    var count = type.bitWidth
    for size in shape where size != 0 {
      let (product, overflows) = count.multipliedReportingOverflow(by: size)
      guard !overflows else { return nil }
      count = product
    }
    return shape.contains(0) ? 0 : count
  }

  /// The bytes of all elements; nil where `bitCount` is, or where they end within a byte.
  package static func byteCount(type: ElementType, shape: [Int]) -> Int? {
    guard let bits = bitCount(type: type, shape: shape), bits.isMultiple(of: 8) else { return nil }
    return bits / 8
  }
}
