// SPDX-License-Identifier: Apache-2.0
import Formats

extension Format {
  /// The formats with at most 2^16 encodings, and a few custom ones.
  public static let enumerable: [Format] =
    [.fp16, .bf16, .e5m2, .e4m3, .e3m2, .e2m3, .e2m1, .e8m0]
    + ["e2m2", "e3m3", "e5m7", "e8m1"].compactMap(Format.init(id:))

  /// The first encodings, at most eight, for which a claim fails: one expectation about this list
  /// is a thousand times faster than one per encoding.
  public func counterexamples(
    _ claim: (UInt32) throws -> Bool
  ) rethrows -> [UInt32] {
    var found: [UInt32] = []
    for bits in 0..<UInt32(truncatingIfNeeded: encodingCount) where found.count < 8 {
      if try !claim(bits) { found.append(bits) }
    }
    return found
  }
}
