// SPDX-License-Identifier: Apache-2.0
import Dispatch

/// Loops split among threads.
enum Parallel {
  /// Calls `body` with bands that cover 0..<count, each with its number, on as many threads.
  @inline(__always)
  static func bands(
    of count: Int, _ bands: Int, _ body: (_ band: Int, _ range: Range<Int>) -> Void
  ) {
    guard bands > 1 else {
      body(0, 0..<count)
      return
    }
    // Every band ends before this function returns, and bands write different elements.
    nonisolated(unsafe) let body = body
    withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let body = body
      DispatchQueue.concurrentPerform(iterations: bands) { band in
        body(band, count * band / bands..<count * (band + 1) / bands)
      }
    }
  }
}
