// SPDX-License-Identifier: Apache-2.0

/// How reductions add: the sums of softmax, normalizations, losses, means and bias gradients.
///
/// Terms are computed in the operation's arithmetic; every partial sum is rounded to the format, to
/// nearest even, and the sum to the arithmetic. Ones added in FP16 in sequence stick at 2048, in
/// BF16 at 256.
package struct ReductionRule: Codable, Sendable, Hashable, CustomStringConvertible {
  /// The format of partial sums.
  package enum SumFormat: String, Codable, Sendable, Hashable, CaseIterable {
    case fp16, bf16, fp32
  }

  /// The order of the terms.
  package enum Order: String, Codable, Sendable, Hashable, CaseIterable {
    /// Sixteen partial sums of the terms whose indices agree modulo sixteen, then a tree.
    case interleaved
    /// Ascending.
    case sequential
    /// Neighbours by twos, then their sums, and so on; one without a neighbour goes on as it is.
    case pairwise
  }

  /// The format of partial sums.
  package var format: SumFormat
  /// The order of the terms.
  package var order: Order

  /// The rule in words, such as `bf16 sequential`.
  package var description: String { "\(format.rawValue) \(order.rawValue)" }

  /// The rule.
  package init(_ format: SumFormat, order: Order = .interleaved) {
    self.format = format
    self.order = order
  }
}
