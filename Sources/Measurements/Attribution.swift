// SPDX-License-Identifier: Apache-2.0

/// Which roundings of chosen steps are to blame for the error of their gradients or updates, and of
/// their losses.
package struct Attribution: Codable, Sendable {
  /// The experiment whose steps are looked at.
  package var configuration: TrainingConfiguration
  /// The policy.
  package var policy: PolicyDescription
  /// The steps, ascending.
  package var steps: [AttributedStep]
  /// The first step from whose weights the reference's loss is not finite; nil for none.
  package var stoppedAt: Int?

  /// The result.
  package init(
    configuration: TrainingConfiguration, policy: PolicyDescription, steps: [AttributedStep] = []
  ) {
    self.configuration = configuration
    self.policy = policy
    self.steps = steps
  }
}

/// The error of one step's gradients or updates, and of its loss, in shares of the sources that made it.
package struct AttributedStep: Codable, Sendable, Hashable {
  /// The number of the step, from 1.
  package var step: Int
  /// What the error is of: `gradients`, all weight gradients without the loss scale, or `updates`, how
  /// far the weights move.
  package var quantity: String
  /// The loss scale; nil for none.
  package var lossScale: Double?
  /// ‖e‖ / ‖x_ref‖ of the policy's own step, e = x - x_ref; nil where one value is not finite or the
  /// reference's are all zero, and nothing can be attributed.
  package var error: Double?
  /// ‖e‖².
  package var squaredError: Double
  /// ‖e‖² where no source rounds: what the order of FP64's sums costs.
  package var unattributed: Double
  /// The loss of the policy's step minus the reference's.
  package var lossError: Double?
  /// The sources of the error, the largest share first.
  package var sources: [SourceShare]
  /// 1 - Σ direction: what sources do only together.
  package var interaction: Double?
  /// How many sets of sources were tried.
  package var coalitions: Int
  /// The sources by the bits of a set, the lowest first.
  package var players: [String] = []
  /// v of every set, by its bits.
  package var worth: [Double] = []
  /// Layers, the largest share first; empty where they were not asked for.
  package var layers: [LayerShare] = []
  /// The orders in which layers were switched on; zero where every set was.
  package var orders = 0

  /// A step.
  package init(step: Int, quantity: String, lossScale: Double?) {
    self.step = step
    self.quantity = quantity
    self.lossScale = lossScale
    squaredError = 0
    unattributed = 0
    sources = []
    coalitions = 0
  }
}

/// One source's part of an error.
package struct SourceShare: Codable, Sendable, Hashable {
  /// The source.
  package var source: String
  /// Its Shapley value of v(S) = ‖e(S)‖², e(S) the error where the sources in S round, over v of
  /// all: shares add up to 1.
  package var share: Double
  /// v of this source alone, over v of all.
  package var alone: Double
  /// What switching it off removes: 1 - v of all others over v of all.
  package var removed: Double
  /// ⟨e({i}), e(all)⟩ / ‖e(all)‖²: its part along the error, with its sign.
  package var direction: Double
  /// Its Shapley value of the loss's error, in units of the loss; nil for a source of the backward
  /// pass.
  package var loss: Double?

  /// A share.
  package init(
    source: String, share: Double, alone: Double, removed: Double, direction: Double, loss: Double?
  ) {
    self.source = source
    self.share = share
    self.alone = alone
    self.removed = removed
    self.direction = direction
    self.loss = loss
  }
}

/// One layer's part of an error, all of its sources together.
package struct LayerShare: Codable, Sendable, Hashable {
  /// The layer.
  package var layer: String
  /// Its Shapley value of v, over v of all.
  package var share: Double
  /// The standard error of the share over the orders that were tried; nil where every set was.
  package var deviation: Double?
  /// v of this layer alone, over v of all.
  package var alone: Double
  /// What switching it off removes.
  package var removed: Double

  /// A share.
  package init(layer: String, share: Double, deviation: Double?, alone: Double, removed: Double) {
    self.layer = layer
    self.share = share
    self.deviation = deviation
    self.alone = alone
    self.removed = removed
  }
}
