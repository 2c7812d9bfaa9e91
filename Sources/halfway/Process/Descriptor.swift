// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Standard output without buffering.
enum StandardOutput {
  /// Writes the whole text; throws status 2 when the system refuses it, as on a full disk.
  static func write(_ text: String) throws(CommandExit) {
    let reason = Descriptor.write(text, to: STDOUT_FILENO)
    if reason == EINTR { throw Interrupt.end("interrupted; nobody takes the rest of the result") }
    guard reason != 0 else { return }
    throw CommandExit(
      .couldNotRun, "cannot write to standard output: \(String(cString: strerror(reason)))")
  }
}

/// Standard error, which messages and progress go to.
enum StandardError {
  /// Its descriptor; another one where `MemoryShortage` listens to what the runtime says.
  nonisolated(unsafe) static var descriptor = STDERR_FILENO
}

/// Open files of the system.
enum Descriptor {
  /// Writes the whole text; 0, or the system's reason against it.
  static func write(_ text: String, to descriptor: Int32, waits: Bool = true) -> Int32 {
    write(Array(text.utf8), to: descriptor, waits: waits)
  }

  /// Writes all bytes; 0, or the system's reason against it: EINTR where a pipe or terminal takes
  /// no more and the process was asked to end, EAGAIN where it takes no more and nobody `waits`.
  static func write(_ bytes: [UInt8], to descriptor: Int32, waits: Bool = true) -> Int32 {
    let own = unblocked(descriptor)
    defer { if let own { close(own) } }
    let isWhole = own != nil || isRegular(descriptor)
    var rest = bytes[...]
    while !rest.isEmpty {
      guard isWhole && own == nil || isReady(own ?? descriptor, waits: waits) else {
        return Interrupt.isRequested ? EINTR : EAGAIN
      }
      let part = isWhole ? rest : rest.prefix(leastPipeRoom)
      let count = part.withUnsafeBytes {
        Foundation.write(own ?? descriptor, $0.baseAddress, $0.count)
      }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR && errno != EAGAIN {
        return errno
      }
    }
    return 0
  }

  /// What a pipe that is ready takes without blocking (POSIX, _POSIX_PIPE_BUF).
  private static let leastPipeRoom = 512
  /// How often a write that waits looks whether it is to end, in milliseconds.
  private static let patience: Int32 = 100

  /// A descriptor of the same pipe or terminal whose writes do not block, where the system opens
  /// one: a write that blocks hears no signal that another thread receives. The flag of the given
  /// one is shared with other processes.
  private static func unblocked(_ descriptor: Int32) -> Int32? {
    guard !isRegular(descriptor), fcntl(descriptor, F_GETFL) & O_ACCMODE != O_RDONLY else {
      return nil
    }
    let own = open("/proc/self/fd/\(descriptor)", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    return own >= 0 ? own : nil
  }

  private static func isRegular(_ descriptor: Int32) -> Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Whether something can be written now or, where the caller waits, before the process is asked
  /// to end. An error counts: the write tells it.
  private static func isReady(_ descriptor: Int32, waits: Bool) -> Bool {
    while true {
      let isLast = !waits || Interrupt.isRequested
      var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      let count = poll(&entry, 1, isLast ? 0 : patience)
      if count > 0 || count < 0 && errno != EINTR { return true }
      if count == 0, isLast { return false }
    }
  }

  /// Occupies the standard descriptors that are closed: the next file opened would take their
  /// number, and a checkpoint would receive the progress meant for standard error. Standard output
  /// stays one that cannot be written to.
  static func occupyStandard() {
    let modes = [
      (STDIN_FILENO, O_RDONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY),
    ]
    for (descriptor, mode) in modes where fcntl(descriptor, F_GETFD) == -1 {
      // The lowest free number is this one: those before it are taken.
      _ = open("/dev/null", mode)
    }
  }
}
