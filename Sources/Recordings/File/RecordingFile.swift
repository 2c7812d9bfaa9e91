// SPDX-License-Identifier: Apache-2.0
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Why something could not be recorded.
package struct RecordingProblem: Error {
  /// The kinds of reasons.
  package enum Kind: Sendable {
    /// A value that cannot be.
    case invalid
    /// The file cannot be written.
    case file
  }

  /// The kind.
  package let kind: Kind
  /// The reason in one line.
  package let message: String

  /// A value that cannot be.
  package init(_ message: String) {
    kind = .invalid
    self.message = message
  }

  /// A file that cannot be written.
  init(file message: String) {
    kind = .file
    self.message = message
  }
}

/// A file that lines are appended to.
struct RecordingFile {
  private let path: String
  private var descriptor: Int32

  /// Creates the file, or empties the one that is there.
  init(creating path: String) throws(RecordingProblem) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Self.problem(path, "cannot be written") }
  }

  /// Writes all bytes; what was written stays if the process dies.
  func append(_ bytes: [UInt8]) throws(RecordingProblem) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        write(descriptor, $0.baseAddress! + written, bytes.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Self.problem(path, "cannot be written to") }
      written += count
    }
  }

  /// Closes the file.
  mutating func end() {
    guard descriptor >= 0 else { return }
    _ = close(descriptor)
    descriptor = -1
  }

  private static func problem(_ path: String, _ what: String) -> RecordingProblem {
    RecordingProblem(file: "'\(path)' \(what): \(String(cString: strerror(errno)))")
  }
}
