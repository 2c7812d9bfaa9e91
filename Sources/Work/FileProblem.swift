// SPDX-License-Identifier: Apache-2.0

/// A file that cannot be used: which, why, and what that costs.
package struct FileProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// The path as it was given.
  package var path: String
  /// What is wrong with it and what is lost.
  package var reason: String

  /// The problem with a file.
  package init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// One line that names the file first.
  package var description: String { "'\(path)': \(reason)" }
}
