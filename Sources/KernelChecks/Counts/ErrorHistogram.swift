// SPDX-License-Identifier: Apache-2.0

/// How many results have errors of which size, in ulp at the exact value.
package struct ErrorHistogram: Hashable, Sendable, Codable {
  /// The upper end of each bin but the last [ulp], which belongs to it; the lower one is the end of
  /// the bin before. The last bin has all beyond.
  package static let ends = [0.5, 0.501, 0.6, 0.7, 0.8, 0.9, 1, 1.5, 2, 3]

  /// The counts.
  package private(set) var counts: [UInt64]

  package init() { counts = Array(repeating: 0, count: Self.ends.count + 1) }

  /// The bin of an error.
  @inline(__always)
  static func bin(_ error: Double) -> Int {
    var bin = 0
    while bin < ends.count, !(error <= ends[bin]) { bin += 1 }
    return bin
  }

  mutating func add(_ error: Double) { counts[Self.bin(error)] += 1 }

  /// Adds results of which it is known that they err by at most half an ulp.
  mutating func addNearest(_ count: UInt64) { counts[0] += count }

  /// Adds results whose errors are beyond every end.
  mutating func addLargest(_ count: UInt64) { counts[Self.ends.count] += count }

  mutating func merge(_ other: ErrorHistogram) {
    for (bin, count) in other.counts.enumerated() where bin < counts.count {
      counts[bin] &+= count
    }
  }

  /// The bin's name, such as `0.501 to 0.6`.
  package static func name(ofBin bin: Int) -> String {
    if bin == 0 { return "0 to \(ends[0])" }
    return bin < ends.count ? "\(ends[bin - 1]) to \(ends[bin])" : "above \(ends[bin - 1])"
  }
}
