// SPDX-License-Identifier: Apache-2.0

/// Bytes that problems count from their own start: a whole file, or one member of an archive. They
/// share the storage of the file's.
struct FileRegion: Sendable {
  /// What problems name.
  let path: String
  private let bytes: ArraySlice<UInt8>
  /// The number of bytes, those included that are not in memory.
  let count: Int

  /// A whole file.
  init(_ file: FileContents) { self.init(path: file.path, bytes: file.bytes[...]) }

  /// The first bytes of a file of so many: only these may be asked for.
  init(head: FileContents, size: Int) {
    path = head.path
    bytes = head.bytes[...]
    count = size
  }

  /// The first bytes, under a name, of so many: only these may be asked for.
  init(path: String, head: [UInt8], size: Int) {
    self.path = path
    bytes = head[...]
    count = size
  }

  /// Bytes under a name.
  init(path: String, bytes: ArraySlice<UInt8>) {
    self.path = path
    self.bytes = bytes
    count = bytes.count
  }

  /// The bytes that are in memory, as if they were all.
  func limited(to size: Int) -> FileRegion {
    size < count ? FileRegion(path: path, bytes: bytes.prefix(size)) : self
  }

  /// One byte.
  subscript(offset: Int) -> UInt8 { bytes[bytes.startIndex + offset] }

  /// Some of the bytes, without a copy.
  subscript(offsets: Range<Int>) -> ArraySlice<UInt8> {
    bytes[bytes.startIndex + offsets.lowerBound..<bytes.startIndex + offsets.upperBound]
  }

  /// Whether the bytes at an offset are these.
  func holds(_ expected: some Collection<UInt8>, at offset: Int) -> Bool {
    offset <= bytes.count && bytes[(bytes.startIndex + offset)...].starts(with: expected)
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
