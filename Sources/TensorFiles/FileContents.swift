// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The bytes of a file and the name that problems with them carry.
package struct FileContents: Sendable, Hashable {
  /// The path as it was given.
  package let path: String
  /// The bytes.
  package let bytes: [UInt8]

  /// The greatest size in bytes that a reader takes by default: twenty times the largest file of
  /// the data sets whose formats are read here.
  package static let sizeLimit = 1 << 30

  /// Bytes that are in memory, under the name of a file.
  package init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }

  /// The whole of a regular file. The size is compared with `sizeLimit` before anything is
  /// allocated; pipes, devices and folders are refused without waiting for them.
  ///
  /// - Throws: `TensorFileProblem`.
  package init(
    ofFile path: String, sizeLimit: Int = FileContents.sizeLimit
  ) throws(TensorFileProblem) {
    let (descriptor, size) = try Self.opened(path)
    defer { close(descriptor) }
    guard size <= sizeLimit else {
      throw TensorFileProblem(
        path: path, reason: "\(size) bytes, and at most \(sizeLimit) are read; take a part of it")
    }
    self.path = path
    var reason: Int32 = 0
    bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      (count, reason) = Self.fill(UnsafeMutableRawBufferPointer(buffer), from: descriptor)
    }
    if reason != 0 {
      throw TensorFileProblem(
        path: path, byte: bytes.count, reason: String(cString: strerror(reason)))
    }
    guard bytes.count == size else {
      throw TensorFileProblem(
        path: path, byte: bytes.count, reason: "the file became shorter while it was read")
    }
  }

  /// The first bytes of a regular file, at most `count`, and the size of the whole.
  ///
  /// - Throws: `TensorFileProblem`.
  package static func head(
    ofFile path: String, most count: Int
  ) throws(TensorFileProblem) -> (bytes: [UInt8], size: Int) {
    let (descriptor, size) = try opened(path)
    defer { close(descriptor) }
    var reason: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: min(size, count)) { buffer, filled in
      (filled, reason) = fill(UnsafeMutableRawBufferPointer(buffer), from: descriptor)
    }
    if reason != 0 {
      throw TensorFileProblem(
        path: path, byte: bytes.count, reason: String(cString: strerror(reason)))
    }
    return (bytes, size)
  }

  /// The descriptor of a regular file, to be closed, and its size.
  static func opened(
    _ path: String
  ) throws(TensorFileProblem) -> (descriptor: Int32, size: Int) {
    // Without O_NONBLOCK a pipe without a writer would block. The bytes are copied, not mapped: a
    // file that somebody shortens would end the process at the next look into a mapping.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw TensorFileProblem(path: path, reason: String(cString: strerror(errno)))
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let reason = String(cString: strerror(errno))
      close(descriptor)
      throw TensorFileProblem(path: path, reason: reason)
    }
    let kind = status.st_mode & S_IFMT
    guard kind == S_IFREG else {
      close(descriptor)
      throw TensorFileProblem(
        path: path, reason: kind == S_IFDIR ? "it is a folder" : "not a regular file")
    }
    return (descriptor, Int(status.st_size))
  }

  /// The number of bytes read before the buffer was full, the file at its end or the system
  /// against it for the reason given, 0 for none.
  private static func fill(
    _ buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32
  ) -> (count: Int, reason: Int32) {
    var filled = 0
    while filled < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let count = read(descriptor, rest.baseAddress, rest.count)
      if count > 0 {
        filled += count
      } else if count == 0 {
        break
      } else if errno != EINTR {
        return (filled, errno)
      }
    }
    return (filled, 0)
  }

  /// The FNV-1a hash of the bytes: which file, not a signature.
  package var digest: String { FNV1a.digest(bytes) }

  /// The problem at a byte, or with the file.
  func problem(at byte: Int? = nil, _ reason: String) -> TensorFileProblem {
    TensorFileProblem(path: path, byte: byte, reason: reason)
  }
}
