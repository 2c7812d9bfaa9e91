// SPDX-License-Identifier: Apache-2.0
import Foundation
import Verification
import Words

/// A stream of test vectors, a file or standard input, in blocks of whole lines.
final class VectorSource {
  /// How problems call it.
  let name: String
  private let descriptor: Int32
  private let ownsDescriptor: Bool
  private var pending: [UInt8] = []
  private var lines: UInt64 = 0
  private var isAtEnd = false
  private var buffer = [UInt8](repeating: 0, count: VectorSource.blockSize)

  /// The bytes of a block, about: enough for the work on it to outweigh handing it over.
  private static let blockSize = 1 << 20
  /// How often a read that waits looks whether it is to end, in milliseconds.
  private static let patience: Int32 = 100

  /// The stream at a path, `-` for standard input. Throws status 65 where it cannot be read.
  init(_ path: String) throws(CommandExit) {
    guard path != "-" else {
      (name, descriptor, ownsDescriptor) = ("standard input", STDIN_FILENO, false)
      return
    }
    name = "'\(Echo.word(path))'"
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    ownsDescriptor = true
    guard descriptor >= 0 else {
      throw CommandExit(.badInput, "\(name): \(String(cString: strerror(errno)))")
    }
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw CommandExit(.badInput, "\(name): it is a folder")
    }
  }

  deinit { if ownsDescriptor, descriptor >= 0 { close(descriptor) } }

  /// The first bytes that tell the notation; they stay in the stream.
  func beginning() throws -> [UInt8] {
    try fill()
    return pending
  }

  /// Takes the header: the first line that is neither empty nor a comment. Empty where there is
  /// none.
  func takeHeader() throws -> String {
    while true {
      try fill()
      guard !pending.isEmpty else { return "" }
      let end = pending.firstIndex(of: 0x0a) ?? pending.count
      let line = String(decoding: pending[..<end], as: UTF8.self)
      pending.removeFirst(min(end + 1, pending.count))
      lines += 1
      let text = line.trimmingCharacters(in: .whitespacesAndNewlines)
      if !text.isEmpty, !text.hasPrefix("#"), !text.hasPrefix("//") { return text }
    }
  }

  /// The number of lines taken.
  var lineCount: UInt64 { lines }

  /// The next lines; nil at the end or when the process is to end.
  func next() throws -> VectorBlock? {
    try fill()
    guard !pending.isEmpty else { return nil }
    guard let end = pending.lastIndex(of: 0x0a) else {
      if isAtEnd { return take(pending.count, endsEarly: true) }
      throw VectorStreamProblem(
        line: lines + 1, reason: "a line of more than \(VectorSource.blockSize) bytes")
    }
    let isLast = isAtEnd && end + 1 < pending.count
    return take(isLast ? pending.count : end + 1, endsEarly: isLast)
  }

  private func take(_ count: Int, endsEarly: Bool) -> VectorBlock {
    let bytes = Array(pending[..<count])
    pending.removeFirst(count)
    defer { lines += UInt64(bytes.count { $0 == 0x0a }) }
    return VectorBlock(bytes: bytes, firstLine: lines, endsEarly: endsEarly)
  }

  /// Reads until a block is there or the stream is at its end.
  private func fill() throws {
    while !isAtEnd, pending.count < VectorSource.blockSize {
      var waiter = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&waiter, 1, VectorSource.patience)
      if Interrupt.isRequested {
        pending = []
        isAtEnd = true
        return
      }
      if ready <= 0 { continue }
      let count = read(descriptor, &buffer, buffer.count)
      if count > 0 {
        pending += buffer[..<count]
      } else if count == 0 {
        isAtEnd = true
      } else if errno != EINTR && errno != EAGAIN {
        throw CommandExit(.badInput, "\(name): \(String(cString: strerror(errno)))")
      }
    }
  }
}
