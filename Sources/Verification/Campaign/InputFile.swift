// SPDX-License-Identifier: Apache-2.0
import Foundation

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

/// A file that this tool wrote and reads again.
enum InputFile {
  /// No checkpoint and no shard comes near this size in bytes; a larger file is another one.
  static let largestSize = 1 << 30

  /// The bytes of a regular file; throws why there are none, in a few words.
  static func read(_ path: String) throws(Reason) -> Data {
    // Opening a pipe without a writer would block otherwise.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw Reason(String(cString: strerror(errno))) }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Reason(String(cString: strerror(errno))) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw Reason("it is a folder")
    default: throw Reason("not a regular file")
    }
    guard status.st_size <= largestSize else {
      throw Reason("\(status.st_size) bytes are more than this tool ever writes")
    }
    guard let data = try? file.readToEnd() ?? Data() else { throw Reason("read error") }
    return data
  }

  /// Why a file cannot be read, in a few words.
  struct Reason: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
  }
}
