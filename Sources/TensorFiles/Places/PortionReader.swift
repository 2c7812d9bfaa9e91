// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A file that is read in portions, from any thread. They are copied, not mapped: a file that
/// somebody shortens meanwhile would end the process at the next look into a mapping, and is a
/// problem to tell here.
package final class PortionReader: Sendable {
  private let path: String
  private let descriptor: Int32

  /// The open file.
  ///
  /// - Throws: `TensorFileProblem`.
  package init(path: String) throws(TensorFileProblem) {
    self.path = path
    descriptor = try FileContents.opened(path).descriptor
  }

  deinit { close(descriptor) }

  /// Fills a buffer with the bytes from an offset on.
  ///
  /// - Throws: `TensorFileProblem` where there are not so many.
  package func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(TensorFileProblem) {
    var filled = 0
    while filled < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
      if count > 0 {
        filled += count
      } else if count == 0 {
        throw TensorFileProblem(
          path: path, byte: offset + filled, reason: "the file became shorter while it was read")
      } else if errno != EINTR {
        throw TensorFileProblem(
          path: path, byte: offset + filled, reason: String(cString: strerror(errno)))
      }
    }
  }
}
