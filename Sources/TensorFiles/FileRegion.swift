// SPDX-License-Identifier: Apache-2.0

/// Bytes that problems count from their own start: a whole file, or one member of an archive. They
/// share the storage of the file's.
struct FileRegion: Sendable {
  /// What problems name.
  let path: String
  private let bytes: ArraySlice<UInt8>

  /// A whole file.
  init(_ file: FileContents) { self.init(path: file.path, bytes: file.bytes[...]) }

  /// Bytes under a name.
  init(path: String, bytes: ArraySlice<UInt8>) {
    self.path = path
    self.bytes = bytes
  }

  /// The number of bytes.
  var count: Int { bytes.count }

  /// One byte.
  subscript(offset: Int) -> UInt8 { bytes[bytes.startIndex + offset] }

  /// Some of the bytes, without a copy.
  subscript(offsets: Range<Int>) -> ArraySlice<UInt8> {
    bytes[bytes.startIndex + offsets.lowerBound..<bytes.startIndex + offsets.upperBound]
  }

  /// Whether the bytes at an offset are these.
  func holds(_ expected: some Collection<UInt8>, at offset: Int) -> Bool {
    offset <= count && bytes[(bytes.startIndex + offset)...].starts(with: expected)
  }

  /// The little-endian number in `size` bytes, at most 8.
  ///
  /// - Precondition: the bytes are there.
  func littleEndian(at offset: Int, size: Int) -> UInt64 {
    self[offset..<offset + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The problem at a byte.
  func problem(at byte: Int? = nil, _ reason: String) -> TensorFileProblem {
    TensorFileProblem(path: path, byte: byte, reason: reason)
  }
}
