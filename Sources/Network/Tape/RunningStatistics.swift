// SPDX-License-Identifier: Apache-2.0
import Policies

/// Running averages of mean and variance by channel, in the format of the weights.
package struct RunningStatistics: Codable, Sendable {
  /// Shape (C).
  package var mean: Tensor
  /// Shape (C).
  package var variance: Tensor

  /// The share of a new batch, torch's.
  private static let momentum = 0.1

  /// The averages before the first step: 0 and 1.
  package init(channels: Int, _ policy: Policy, _ context: StepContext) {
    mean = policy.tensor([channels], as: policy.weights, context) { _ in 0 }
    variance = policy.tensor([channels], as: policy.weights, context) { _ in 1 }
  }

  /// The averages of values in FP64.
  package init(mean: [Double], variance: [Double], _ policy: Policy, _ context: StepContext) {
    self.mean = policy.tensor([mean.count], as: policy.weights, context) { mean[$0] }
    self.variance = policy.tensor([variance.count], as: policy.weights, context) { variance[$0] }
  }

  /// Moves the averages of a layer: a ← (1 - 0.1) a + 0.1 b, the variance with divisor n - 1, in
  /// the policy's arithmetic of batch normalization.
  package mutating func add(
    _ batch: BatchStatistics, _ policy: Policy, layer: String, _ context: StepContext
  ) {
    let rule = policy.rule(.batchNormalization, layer: layer)
    self = rule.compute.run(
      MovedStatistics(from: self, batch: batch, rule: rule, context: context))
  }

  private struct MovedStatistics: ArithmeticTask {
    let from: RunningStatistics
    let batch: BatchStatistics
    let rule: OperationRule
    let context: StepContext

    func run<N: Number>(_: N.Type) -> RunningStatistics {
      let kernel = Kernel<N>(rule: rule, context: context)
      let (old, new) = (N(1 - momentum), N(momentum))
      let n = Double(batch.count)
      let unbiased = N(n > 1 ? n / (n - 1) : 1)
      var moved = from
      moved.mean = kernel.map(from.mean, batch.mean, as: from.mean.precision) {
        old * $0 + new * $1
      }
      moved.variance = kernel.map(from.variance, batch.variance, as: from.variance.precision) {
        old * $0 + new * ($1 * unbiased)
      }
      return moved
    }
  }
}
