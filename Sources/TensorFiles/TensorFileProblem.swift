// SPDX-License-Identifier: Apache-2.0

/// A file that cannot be used: which, where in it, and why.
public struct TensorFileProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// The path as it was given.
  public var path: String
  /// The offset of the first byte that is wrong, nil where no byte is.
  public var byte: Int?
  /// What is wrong, and what to do about it where that is known.
  public var reason: String

  /// The problem with a file, or with one byte of it.
  public init(path: String, byte: Int? = nil, reason: String) {
    self.path = path
    self.byte = byte
    self.reason = reason
  }

  /// One line that names the file first and the byte second.
  public var description: String {
    let place = byte.map { ", byte \($0)" } ?? ""
    return "'\(path)'\(place): \(reason)"
  }
}
