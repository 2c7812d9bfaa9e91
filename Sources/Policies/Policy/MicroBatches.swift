// SPDX-License-Identifier: Apache-2.0

/// A batch that is taken in equal parts, one after another from the same weights, whose gradients
/// add up before the optimizer steps: torch's `(loss / k).backward()`, k times.
package struct MicroBatches: Codable, Sendable, Hashable {
  /// The number of parts, k.
  package var count: Int
  /// The format that the sum is kept in, to which each gradient is cast before it is added; nil:
  /// that of the weights, as torch's `.grad`.
  package var format: Precision?

  /// The numbers of parts that can be simulated.
  package static let counts = 1...4096

  /// The parts.
  package init(count: Int, format: Precision? = nil) {
    self.count = count
    self.format = format
  }
}

extension MicroBatches: CustomStringConvertible {
  /// The parts in words, such as `gradients of 4 micro-batches added in bf16`.
  package var description: String {
    "gradients of \(count) \(count == 1 ? "micro-batch" : "micro-batches") added in "
      + (format?.id ?? "the weights' format")
  }
}
