// SPDX-License-Identifier: Apache-2.0

/// A file that cannot be used: which, why, and what that costs.
public struct FileProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// The path as it was given.
  public var path: String
  /// What is wrong with it and what is lost.
  public var reason: String

  /// The problem with a file.
  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// One line that names the file first.
  public var description: String { "'\(path)': \(reason)" }
}
