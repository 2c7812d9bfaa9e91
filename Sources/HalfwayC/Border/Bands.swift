// SPDX-License-Identifier: Apache-2.0
import Threads

/// Work on arrays split among threads.
enum Bands {
  /// The most threads that a caller may ask for.
  private static let mostThreads: Int32 = 1024
  /// Elements that are worth a thread of their own: some tens of microseconds.
  private static let elementsPerThread = 1 << 16
  /// Bands begin at multiples of so many elements, a cache line of bytes.
  private static let unit = 64

  /// The threads that a caller allows; 0 is his own alone.
  static func threads(_ threads: Int32) throws(Refusal) -> Int {
    guard (0...mostThreads).contains(threads) else {
      throw Refusal("threads is \(threads): 1 to \(mostThreads) can be asked for")
    }
    return max(1, Int(threads))
  }

  /// Calls `body` with bands that cover 0..<count; the union of what it returns.
  static func union(
    of count: Int, threads: Int, _ body: (Range<Int>) -> UInt8
  ) -> UInt8 {
    let bands = min(threads, max(1, count / elementsPerThread))
    guard bands > 1 else { return body(0..<count) }
    let units = (count + unit - 1) / unit
    return Parallel.map(of: bands, bands) { band in
      let start = min(count, units * band / bands * unit)
      let end = min(count, units * (band + 1) / bands * unit)
      return body(start..<end)
    }.reduce(0, |)
  }
}
