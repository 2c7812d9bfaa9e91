// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Standard output without buffering.
enum StandardOutput {
  /// Writes the whole text; throws status 2 when the system refuses it, as on a full disk.
  static func write(_ text: String) throws(CommandExit) {
    let reason = Descriptor.write(text, to: STDOUT_FILENO)
    guard reason != 0 else { return }
    throw CommandExit(
      .couldNotRun, "cannot write to standard output: \(String(cString: strerror(reason)))")
  }
}

/// Open files of the system.
enum Descriptor {
  /// Writes the whole text; 0, or the system's reason against it.
  static func write(_ text: String, to descriptor: Int32) -> Int32 {
    write(Array(text.utf8), to: descriptor)
  }

  /// Writes all bytes; 0, or the system's reason against it.
  static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR && errno != EAGAIN {
        return errno
      }
    }
    return 0
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
