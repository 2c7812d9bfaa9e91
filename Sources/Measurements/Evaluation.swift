// SPDX-License-Identifier: Apache-2.0

/// How well a model's predictions of classes fit examples: loss, accuracy and calibration.
///
/// A prediction is a row of logits; its confidence is the greatest probability of their softmax,
/// taken in FP64. Scores merge by addition.
package struct EvaluationScores: Codable, Sendable, Hashable {
  /// One range of confidence.
  package struct Bin: Codable, Sendable, Hashable {
    /// The number of predictions.
    package var count = 0
    /// The sum of their confidences.
    package var confidence = 0.0
    /// The number of right ones.
    package var correct = 0
  }

  /// The number of predictions.
  package var count = 0
  /// The number of those whose logits are not all finite; they are neither right nor in a bin.
  package var nonFinite = 0
  /// The number of those whose greatest logit is that of the target.
  package var correct = 0
  /// Σ of the cross-entropies [nat] of the finite ones.
  package var lossSum = 0.0
  /// Fifteen ranges of equal width, as Guo et al. (2017) have them.
  package var bins = [Bin](repeating: Bin(), count: binCount)

  private static let binCount = 15

  /// No predictions.
  package init() {}

  /// The mean cross-entropy [nat]; nil without predictions or where one is not finite.
  package var loss: Double? { nonFinite > 0 || count == 0 ? nil : lossSum / Double(count) }
  /// correct / count; nil where no prediction is finite.
  package var accuracy: Double? {
    count == nonFinite ? nil : Double(correct) / Double(count)
  }
  /// Expected calibration error: Σ over bins of (bin's count / count) |bin's accuracy - bin's mean
  /// confidence|; nil without predictions or where one is not finite.
  package var calibrationError: Double? {
    guard count > 0, nonFinite == 0 else { return nil }
    return bins.reduce(0) { $0 + (Double($1.correct) - $1.confidence).magnitude } / Double(count)
  }

  /// Adds a prediction: its probabilities' greatest, whether that is the target's, and the
  /// cross-entropy.
  package mutating func add(confidence: Double, isCorrect: Bool, loss: Double) {
    count += 1
    guard loss.isFinite, confidence.isFinite else {
      nonFinite += 1
      return
    }
    correct += isCorrect ? 1 : 0
    lossSum += loss
    let bin = min(Self.binCount - 1, max(0, Int(confidence * Double(Self.binCount))))
    bins[bin].count += 1
    bins[bin].confidence += confidence
    bins[bin].correct += isCorrect ? 1 : 0
  }
}

/// How far apart two sets of predictions of the same examples are.
package struct PredictionDifference: Codable, Sendable, Hashable {
  /// The number of predictions.
  package var count = 0
  /// The number of those with a logit that is not finite in either set; they enter nothing else.
  package var nonFinite = 0
  /// The number of logits compared.
  package var logits = 0
  /// The number of predictions whose greatest logit is another's.
  package var flips = 0
  /// Σ |z - z_ref| over logits.
  package var absoluteSum = 0.0
  /// The greatest |z - z_ref|.
  package var largest = 0.0
  /// Σ over predictions of KL(p_ref ‖ p) [nat].
  package var divergenceSum = 0.0

  /// No predictions.
  package init() {}

  /// flips / finite predictions; nil without one.
  package var flipRate: Double? { finite == 0 ? nil : Double(flips) / Double(finite) }
  /// The mean |z - z_ref|; nil without finite logits.
  package var meanAbsolute: Double? { logits == 0 ? nil : absoluteSum / Double(logits) }
  /// The mean KL(p_ref ‖ p) [nat]; nil without finite predictions.
  package var divergence: Double? { finite == 0 ? nil : divergenceSum / Double(finite) }
  private var finite: Int { count - nonFinite }
}

/// Examples that a model is judged by.
package struct EvaluationSet: Codable, Sendable, Hashable {
  /// What was done to the examples, such as `clean` or `noise 3`.
  package var name: String
  /// The number of predictions.
  package var predictions: Int

  /// The set.
  package init(name: String, predictions: Int) {
    self.name = name
    self.predictions = predictions
  }
}

/// What one policy's trained model predicts, and how that differs from the reference's.
package struct PolicyEvaluation: Codable, Sendable, Hashable {
  /// The scores of the policy's weights under its own arithmetic, set by set.
  package var scores: [EvaluationScores]
  /// Those predictions against the reference's weights under its arithmetic, set by set; empty for
  /// the reference.
  package var differences: [PredictionDifference]
  /// The policy's weights under the reference's arithmetic against the reference, on the first set:
  /// what training did. Nil for the reference.
  package var training: PredictionDifference?
  /// The reference's weights under the policy's arithmetic against the reference, on the first set:
  /// what inference does. Nil for the reference.
  package var inference: PredictionDifference?

  /// The evaluation.
  package init(
    scores: [EvaluationScores], differences: [PredictionDifference] = [],
    training: PredictionDifference? = nil, inference: PredictionDifference? = nil
  ) {
    self.scores = scores
    self.differences = differences
    self.training = training
    self.inference = inference
  }
}
