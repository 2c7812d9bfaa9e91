// SPDX-License-Identifier: Apache-2.0
import Dispatch

/// The division of a kernel's rows among threads.
///
/// A row is computed by one thread from the first to the last of its operations, so the number of
/// threads never changes a result.
enum ParallelRows {
  /// Below this number of elementary operations a second thread costs more than it saves.
  private static let minimumWork = 1 << 17

  /// Calls `body` with disjoint ranges that cover 0..<rows, on at most `threads` threads.
  static func forEach(
    rows: Int, work: Int, threads: Int, _ body: @Sendable (Range<Int>) -> Void
  ) {
    let parts = min(threads, rows)
    guard parts > 1, work >= minimumWork else {
      body(0..<rows)
      return
    }
    DispatchQueue.concurrentPerform(iterations: parts) { part in
      body(rows * part / parts..<rows * (part + 1) / parts)
    }
  }
}
