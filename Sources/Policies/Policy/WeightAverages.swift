// SPDX-License-Identifier: Apache-2.0

/// Exponential moving averages of the weights beside them, by the definition of torch's
/// `AveragedModel` with `get_ema_multi_avg_fn(decay)`: the weights themselves after the first step,
/// then after every step, a skipped one included, a ← a + (1 - decay) (w - a).
package struct WeightAverages: Codable, Sendable, Hashable {
  /// What is left of an average at each step.
  package var decay: Double
  /// The format of the averages, to which the weights are cast before they are taken in; nil: that
  /// of the weights, as torch's copy of the model.
  package var format: Precision?

  /// The averages.
  package init(decay: Double, format: Precision? = nil) {
    self.decay = decay
    self.format = format
  }
}

extension WeightAverages: CustomStringConvertible {
  /// The averages in words, such as `averages of the weights in bf16, decay 0.999`.
  package var description: String {
    "averages of the weights in \(format?.id ?? "their format"), decay \(decay)"
  }
}
