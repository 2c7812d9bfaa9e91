// SPDX-License-Identifier: Apache-2.0
import Network
import Policies

/// What a training step starts from and changes.
package struct TwinState: Codable, Sendable {
  /// The weights, parameter by parameter.
  var weights: [Tensor]
  /// The optimizer's memory of each.
  var moments: [OptimizerState]
  /// Running averages by layer of batch normalization.
  var statistics: [String: RunningStatistics] = [:]
  /// β₁ᵗ and β₂ᵗ after t steps.
  var powers = MomentPowers()

  /// The state before the first step.
  init(weights: [Tensor]) {
    self.weights = weights
    moments = weights.map { _ in OptimizerState() }
  }

  /// The state of another twin, rounded to the formats of a policy.
  init(_ other: TwinState, as policy: Policy, _ context: StepContext) {
    weights = other.weights.map { policy.rounded($0, to: policy.weights, context) }
    moments = other.moments.map { $0.rounded(to: policy, context) }
    // Statistics of a step's batch do not depend on the averages.
    powers = other.powers
  }
}

/// Powers of the decay rates of an optimizer's moments.
struct MomentPowers: Codable, Sendable {
  var beta1 = 1.0
  var beta2 = 1.0
}
