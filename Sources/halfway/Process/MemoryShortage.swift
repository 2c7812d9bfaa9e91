// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The end of a process that got no memory. Swift's runtime has no other answer than to trap: where
/// the address space is limited and spent, the trap is told as what it is, in a line and with
/// status 2.
enum MemoryShortage {
  private static let signals = [SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP]

  // A handler may not allocate: what it needs is prepared.
  private nonisolated(unsafe) static var line: UnsafeMutablePointer<CChar>?
  private nonisolated(unsafe) static var probe = 0
  /// Where the runtime's last words can be read: several lines of no use to whoever has no memory.
  private nonisolated(unsafe) static var lastWords: Int32 = -1
  private nonisolated(unsafe) static let previous =
    UnsafeMutablePointer<sigaction>.allocate(capacity: 32)

  /// Installs the handlers for a process of at most `limit` bytes of address space.
  static func install(limit: UInt) {
    probe = Int(clamping: limit / 4)
    line = strdup(
      "halfway: not enough memory within the limit of \(limit >> 10) KiB of address space; raise it "
        + "with ulimit -v, or choose a smaller model, batch or file, or fewer threads\n")
    divertLastWords()
    for number in signals {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { MemoryShortage.end($0) }
      sigaction(number, &action, previous + Int(number))
    }
  }

  /// Lets what others write to standard error wait in a pipe, which takes no more than fits.
  private static func divertLastWords() {
    var ends: [Int32] = [-1, -1]
    let own = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
    guard own >= 0, pipe(&ends) == 0 else { return }
    for end in ends {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
    StandardError.descriptor = own
    dup2(ends[1], STDERR_FILENO)
    close(ends[1])
    lastWords = ends[0]
  }

  /// Ends the process where there is no memory; otherwise leaves the signal to whoever had it
  /// before, who gets it when the same instruction traps again.
  private static func end(_ number: Int32) {
    let memory = mmap(nil, probe, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard memory != MAP_FAILED else {
      FolderLock.abandon()
      if let line { _ = write(StandardError.descriptor, line, strlen(line)) }
      _exit(ExitStatus.couldNotRun.rawValue)
    }
    munmap(memory, probe)
    if lastWords >= 0 { repeatLastWords() }
    sigaction(number, previous + Int(number), nil)
  }

  /// Writes what waits to standard error, which takes the rest itself.
  private static func repeatLastWords() {
    withUnsafeTemporaryAllocation(byteCount: 512, alignment: 1) { buffer in
      while true {
        let count = read(lastWords, buffer.baseAddress, buffer.count)
        guard count > 0 else { break }
        _ = write(StandardError.descriptor, buffer.baseAddress, count)
      }
    }
    dup2(StandardError.descriptor, STDERR_FILENO)
  }
}
