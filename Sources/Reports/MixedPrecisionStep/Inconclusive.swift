// SPDX-License-Identifier: Apache-2.0
import Measurements

/// Why a reference gives its policies nothing to be judged by.
public struct Inconclusive: Hashable, Sendable {
  /// The reason, as a clause.
  public let reason: String

  /// The reason; nil where the reference made progress that a policy can keep or lose.
  public init?(reference: PolicyRun) {
    let window = PolicyOutcome.Threshold.window
    let losses = reference.steps.compactMap(\.exactLoss)
    let name = reference.policy.name
    if let step = reference.firstNonFiniteStep {
      reason = "\(name) itself diverged at step \(step); try a lower learning rate"
    } else if losses.count < 2 * window {
      reason =
        "\(losses.count == 1 ? "1 step is" : "\(losses.count) steps are") too few: progress is the mean "
        + "loss of the first \(window) less that of the last \(window)"
    } else if mean(losses.prefix(window)) <= mean(losses.suffix(window)) {
      reason =
        "\(name) itself made no progress, from a loss of "
        + "\(NumberText.significant(mean(losses.prefix(window)), digits: 3)) nat to "
        + NumberText.significant(mean(losses.suffix(window)), digits: 3)
    } else {
      return nil
    }
  }
}

private func mean(_ values: ArraySlice<Double>) -> Double {
  values.reduce(0, +) / Double(values.count)
}
