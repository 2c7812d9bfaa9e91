// SPDX-License-Identifier: Apache-2.0

/// Mean and variance of a batch by channel, the variance with divisor n.
package struct BatchStatistics: Sendable {
  /// Shape (C).
  package let mean: Tensor
  /// Shape (C).
  let variance: Tensor
  /// n, the values of a channel.
  let count: Int
}
