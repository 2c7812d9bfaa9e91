// SPDX-License-Identifier: Apache-2.0

/// How much the reference's gradient varies from one minibatch to another, from the same weights.
///
/// With g_i the gradients of K batches and ḡ their mean: the variance Σ ‖g_i - ḡ‖² / (K - 1) is the
/// trace of the sampling covariance.
package struct SamplingNoise: Codable, Sendable, Hashable {
  /// K.
  package var batches: Int
  /// Σ ‖g_i - ḡ‖² / (K - 1).
  package var variance: Double
  /// ‖ḡ‖².
  package var meanSquares: Double

  /// The noise.
  package init(batches: Int, variance: Double, meanSquares: Double) {
    self.batches = batches
    self.variance = variance
    self.meanSquares = meanSquares
  }

  /// √variance: the standard deviation over minibatches.
  package var deviation: Double { variance.squareRoot() }
}

/// The reference, or a policy, trained once more on batches in another order, from the same initial
/// weights: what a difference between two runs is before any format is to blame.
package struct SeedRun: Codable, Sendable, Hashable {
  /// The seed of the batches and of dropout.
  package var seed: UInt64
  /// The mean of the last losses, as `PolicyRun.finalLoss`; nil where one is not finite.
  package var finalLoss: Double?
  /// ‖θ_seed - θ_ref‖ / ‖θ_ref - θ_0‖ after the last step; nil where a weight is not finite, and of
  /// a policy.
  package var drift: Double?
  /// The evaluation of the trained weights on undisturbed examples; nil where none was made.
  package var evaluation: EvaluationScores?
  /// The losses of the run's fixed examples, the same as for its own seed; nil where none were
  /// taken.
  package var examples: ExampleLosses?

  /// The run.
  package init(
    seed: UInt64, finalLoss: Double?, drift: Double?, evaluation: EvaluationScores? = nil,
    examples: ExampleLosses? = nil
  ) {
    self.seed = seed
    self.finalLoss = finalLoss
    self.drift = drift
    self.evaluation = evaluation
    self.examples = examples
  }
}
