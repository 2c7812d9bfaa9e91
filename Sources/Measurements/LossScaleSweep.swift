// SPDX-License-Identifier: Apache-2.0

/// What each of several loss scales makes of the gradients of chosen steps, under one or more
/// policies: every step starts from the reference's weights, so that scales differ in nothing else.
package struct LossScaleSweep: Codable, Sendable {
  /// The experiment whose steps are looked at.
  package var configuration: TrainingConfiguration
  /// The reference.
  package var reference: PolicyDescription
  /// The scales, ascending.
  package var scales: [Double]
  /// The policies in the order asked for.
  package var policies: [PolicySweep]
  /// The first step from whose weights the reference's loss is not finite; nil for none.
  package var stoppedAt: Int?

  /// The result.
  package init(
    configuration: TrainingConfiguration, reference: PolicyDescription, scales: [Double],
    policies: [PolicySweep]
  ) {
    self.configuration = configuration
    self.reference = reference
    self.scales = scales
    self.policies = policies
  }

  /// The steps of one policy.
  package struct PolicySweep: Codable, Sendable {
    /// The policy; its own loss scaling is left out.
    package var policy: PolicyDescription
    /// The steps, ascending.
    package var steps: [SweptStep]

    /// The steps of a policy.
    package init(policy: PolicyDescription, steps: [SweptStep]) {
      self.policy = policy
      self.steps = steps
    }
  }
}

/// One step under every scale of a sweep.
package struct SweptStep: Codable, Sendable {
  /// The number of the step, from 1.
  package var step: Int
  /// The mean loss of the step's batch in FP64, of the policy's predictions; nil where it is not
  /// finite.
  package var loss: Double?
  /// What each scale did, in the sweep's order.
  package var scales: [SweptScale]
  /// Every gradient, in the order in which a step produces them.
  package var tensors: [SweptTensor]
  /// Whether scales differ in random words, too.
  package var isRandom = false

  /// A step.
  package init(step: Int, loss: Double?, scales: [SweptScale], tensors: [SweptTensor]) {
    self.step = step
    self.loss = loss
    self.scales = scales
    self.tensors = tensors
  }
}

/// What one scale did to all gradients of a step.
package struct SweptScale: Codable, Sendable {
  /// S.
  package var scale: Double
  /// The roundings of all gradients, of activations and of weights.
  package var range = RangeCounts()
  /// What the formats of those gradients make of the reference's without a scale, and what S
  /// recovers.
  package var recovery = UnderflowRecovery()
  /// All weight gradients together, without the scale, beside the reference's.
  package var gradients = Deviation()
  /// The first gradient in the order of the backward pass with a value that is not finite; nil for
  /// none.
  package var overflowed: TensorTag?
  /// A digest of the bits of all weight gradients divided by S, 16 hexadecimal digits.
  package var digest: String

  /// A scale under which nothing was counted yet.
  package init(scale: Double, digest: String) {
    self.scale = scale
    self.digest = digest
  }

  /// ‖g/S - g_ref‖ / ‖g_ref‖ of all weight gradients; nil where one is not finite.
  package var error: Double? { overflowed == nil ? gradients.relativeL2 : nil }
}

/// One gradient under every scale.
package struct SweptTensor: Codable, Sendable {
  /// Which gradient.
  package var tag: TensorTag
  /// The format that it is rounded to.
  package var format: String
  /// The magnitudes of the reference's; nil where all are zero, or but for rounding, and where the
  /// gradient is stored with a scale of its own.
  package var magnitudes: GradientMagnitudes?
  /// What each scale did to it, in the sweep's order.
  package var scales: [Counts]
  /// What remains under the greatest power of two at which its own greatest value is still a number
  /// of the format; nil for a format that wants no scale.
  package var ownScale: OwnScale?

  /// A gradient.
  package init(tag: TensorTag, format: String, magnitudes: GradientMagnitudes?, scales: [Counts]) {
    self.tag = tag
    self.format = format
    self.magnitudes = magnitudes
    self.scales = scales
  }

  /// What a scale did to a gradient.
  package struct Counts: Codable, Sendable {
    /// The roundings to its format.
    package var range: RangeCounts
    /// What the format makes of the reference's values without a scale, and what S recovers.
    package var recovery: UnderflowRecovery
    /// ‖g/S - g_ref‖ / ‖g_ref‖; nil where a value is not finite, or the reference's are zero but
    /// for rounding.
    package var error: Double?

    /// Counts of a tensor.
    package init(range: RangeCounts, recovery: UnderflowRecovery, error: Double?) {
      self.range = range
      self.recovery = recovery
      self.error = error
    }
  }

  /// A scale for one gradient alone.
  package struct OwnScale: Codable, Sendable {
    /// k of the scale 2^k.
    package var exponent: Int
    /// What the format makes of the reference's values without a scale, and what 2^k recovers.
    package var recovery: UnderflowRecovery

    /// A scale.
    package init(exponent: Int, recovery: UnderflowRecovery) {
      self.exponent = exponent
      self.recovery = recovery
    }
  }
}

extension UnderflowRecovery {
  /// #{x ≠ 0, fl(S x) = 0} of a scale of at least 1.
  package var lost: Int { vanishing - recovered }
  /// recovered / vanishing; nil where nothing vanishes.
  package var recoveredRate: Double? {
    vanishing == 0 ? nil : Double(recovered) / Double(vanishing)
  }
}
