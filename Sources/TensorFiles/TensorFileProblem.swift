// SPDX-License-Identifier: Apache-2.0

/// A file that cannot be used: which, where in it, and why.
package struct TensorFileProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// The path as it was given.
  package var path: String
  /// The offset of the first byte that is wrong, nil where no byte is.
  package var byte: Int?
  /// What is wrong, and what to do about it where that is known.
  package var reason: String

  /// The problem with a file, or with one byte of it.
  package init(path: String, byte: Int? = nil, reason: String) {
    self.path = path
    self.byte = byte
    self.reason = reason
  }

  /// One line that names the file first and the byte second.
  package var description: String {
    let place = byte.map { ", byte \($0)" } ?? ""
    return "'\(path)'\(place): \(reason)"
  }
}
