// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import TensorFiles
import Verification
import Work

/// The file that all mismatches of a campaign are listed in. It is written beside its place, as
/// `<file>.partial`, and gets its name when it is complete; a pipe or a device is written as it is.
final class MismatchListFile: Sendable {
  /// The path as it was given.
  let path: String
  private let target: String
  private let partial: String
  private let isReplaced: Bool
  private let descriptor: Int32
  private let reason = Mutex<Int32>(0)

  private static let header = Array(MismatchLines.header.utf8)

  /// The list at a path that is begun, or taken up where a checkpoint has it. Throws status 2 where
  /// it cannot be written and 65 where it does not hold what the checkpoint tells.
  init(
    path: String, header: String = MismatchLines.header, from position: ListPosition?
  ) throws(CommandExit) {
    self.path = path
    target = try AtomicFile.target(of: path)
    partial = target + ".partial"
    var status = stat()
    isReplaced = stat(target, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
    if let position {
      descriptor = try MismatchListFile.takeUp(position, path, partial, target, isReplaced)
      return
    }
    // A pipe that nobody reads would block here for ever.
    descriptor =
      isReplaced
      ? open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o666)
      : open(target, O_WRONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure(errno) }
    if !isReplaced {
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
    }
    guard append(Array(header.utf8)) else { throw failure(reason.withLock { $0 }) }
  }

  deinit { close(descriptor) }

  /// Adds lines; false where the system is against it, which `failure` then tells.
  func append(_ lines: [UInt8]) -> Bool {
    reason.withLock { reason in
      if reason == 0 { reason = Descriptor.write(lines, to: descriptor) }
      return reason == 0
    }
  }

  /// Brings what was added to the disk.
  func synchronize() { _ = fsync(descriptor) }

  /// Why lines could not be added; nil where they could, or where the process is to end.
  var failure: CommandExit? {
    let reason = reason.withLock { $0 }
    return reason == 0 || reason == EINTR ? nil : failure(reason)
  }

  /// Whether lines could not be added.
  var hasFailed: Bool { reason.withLock { $0 } != 0 }

  /// Gives the complete list its name.
  func finish() throws(CommandExit) {
    guard isReplaced else { return }
    guard fsync(descriptor) == 0, rename(partial, target) == 0 else { throw failure(errno) }
  }

  private func failure(_ reason: Int32) -> CommandExit {
    CommandExit(
      .couldNotRun,
      "cannot write the list of mismatches '\(path)': "
        + (reason == ENXIO ? "it is a pipe that nobody reads" : String(cString: strerror(reason))))
  }

  /// The descriptor of the list that holds what a checkpoint tells, cut there.
  private static func takeUp(
    _ position: ListPosition, _ path: String, _ partial: String, _ target: String,
    _ isReplaced: Bool
  ) throws(CommandExit) -> Int32 {
    let size = UInt64(header.count) + position.bytes
    // A run that ended without delivering its result has named its list already.
    for place in [partial, target] where isReplaced {
      let descriptor = open(place, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
      guard descriptor >= 0 else { continue }
      if holds(position, descriptor), place == partial || rename(target, partial) == 0,
        ftruncate(descriptor, off_t(size)) == 0, lseek(descriptor, 0, SEEK_END) >= 0
      {
        return descriptor
      }
      close(descriptor)
    }
    throw CommandExit(
      .badInput,
      "'\(path)' and '\(path).partial' do not begin with the \(size) bytes of mismatches that the "
        + "checkpoint tells: the list would have a gap. Start over without --resume")
  }

  /// Whether a file begins with the header and the lines of a position.
  private static func holds(_ position: ListPosition, _ descriptor: Int32) -> Bool {
    var found = ListPosition()
    var rest = UInt64(header.count) + position.bytes
    var isFirst = true
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    while rest > 0 {
      let count = read(descriptor, &bytes, Int(min(rest, UInt64(bytes.count))))
      guard count > 0 else { return false }
      rest -= UInt64(count)
      var part = Array(bytes[..<count])
      if isFirst {
        guard part.starts(with: header) else { return false }
        part.removeFirst(header.count)
        isFirst = false
      }
      found.append(part)
    }
    return found == position
  }
}
