// SPDX-License-Identifier: Apache-2.0
import Measurements
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
  /// Moving averages of the weights; nil before the first step, and where none are taken.
  private(set) var averages: [AveragedWeights]?

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

  /// Takes the weights after a step into moving averages, which begin with them: what stayed as it
  /// was of the policy's own.
  mutating func average(
    _ rules: [WeightAverages], _ policy: Policy, _ context: StepContext
  ) -> LostAverages? {
    guard !rules.isEmpty else { return nil }
    guard var averages else {
      averages = rules.map { rule in
        AveragedWeights(
          weights, decay: rule.decay, in: rule.format ?? policy.weights, of: policy, context)
      }
      return nil
    }
    let lost = averages.indices.map { averages[$0].add(weights, policy, context) }
    self.averages = averages
    return policy.averages == nil ? nil : lost[0]
  }

  /// The moving averages of a decay.
  func averages(ofDecay decay: Double) -> [Tensor]? {
    averages?.first { $0.decay == decay }?.tensors
  }

  /// The state with moving averages in the place of the weights.
  func averaged(ofDecay decay: Double) -> TwinState? {
    averages(ofDecay: decay).map {
      var state = self
      state.weights = $0
      return state
    }
  }
}

/// Powers of the decay rates of an optimizer's moments.
struct MomentPowers: Codable, Sendable {
  var beta1 = 1.0
  var beta2 = 1.0
}
