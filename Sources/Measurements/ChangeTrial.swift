// SPDX-License-Identifier: Apache-2.0

/// A change of a policy that may help it: what a report advises, and what a run can try.
package enum PolicyChange: Codable, Sendable, Hashable {
  /// The loss times 2^exponent, from the first step on where a rule moves the scale.
  case lossScale(exponent: Int)
  /// Weights kept in FP32, read in the format that they had.
  case masterWeights
  /// The optimizer's state in FP32.
  case optimizerState
  /// A layer's operands and results in a format of their own.
  case layerFormat(layer: String, format: String)

  /// Whether two changes are of one kind, and of one layer: the later one then replaces the
  /// earlier.
  package func replaces(_ other: PolicyChange) -> Bool {
    switch (self, other) {
    case (.lossScale, .lossScale), (.masterWeights, .masterWeights),
      (.optimizerState, .optimizerState):
      true
    case (.layerFormat(let a, _), .layerFormat(let b, _)): a == b
    default: false
    }
  }
}

/// What a step from the reference's weights did, as far as a change of the policy can mend it.
package struct StepDamage: Codable, Sendable, Hashable {
  /// The relative L2 error of all weight gradients; nil where a value is not finite.
  package var gradientError: Double?
  /// The greatest share of the nonzero values of a gradient that became zero.
  package var zeroed = 0.0
  /// The greatest share of the nonzero values of a tensor of the forward pass that became zero.
  package var zeroedForward = 0.0
  /// The number of values of the forward pass that overflowed.
  package var overflowed = 0
  /// The greatest share of a weight's update mass that was lost.
  package var lostMass = 0.0
  /// The greatest ratio of an update's length to the reference's; nil without one that is finite.
  package var updateRatio: Double?
  /// The number of updates that are infinite or NaN.
  package var infiniteUpdates = 0

  /// No damage.
  package init() {}
}

/// One step taken again with a change of the policy, from the same weights on the same batch.
package struct ChangeTrial: Codable, Sendable, Hashable {
  /// The change.
  package var change: PolicyChange
  /// The step: of those that asked for the change, one at which the damage was about the worst.
  package var step: Int
  /// How much the step asked for the change, in the figure that the change is to lower.
  package var need: Double
  /// The step as the policy took it.
  package var before: StepDamage
  /// The step with the change.
  package var after: StepDamage

  /// The trial.
  package init(
    change: PolicyChange, step: Int, need: Double, before: StepDamage, after: StepDamage
  ) {
    self.change = change
    self.step = step
    self.need = need
    self.before = before
    self.after = after
  }
}
