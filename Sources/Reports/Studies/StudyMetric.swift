// SPDX-License-Identifier: Apache-2.0
import Measurements

/// What a study compares: one number of a policy at a point.
package enum StudyMetric: String, CaseIterable, Sendable {
  case gradientError, localGradientError, finalLoss, lossDifference, drift, zeroed, subnormal
  case overflowed, lostUpdates, skippedSteps, accuracy

  /// The name on an axis and over a column.
  package var title: String {
    switch self {
    case .gradientError: "gradient error"
    case .localGradientError: "local gradient error"
    case .finalLoss: "final loss"
    case .lossDifference: "loss difference"
    case .drift: "drift"
    case .zeroed: "zeroed gradients"
    case .subnormal: "subnormal gradients"
    case .overflowed: "overflowed gradients"
    case .lostUpdates: "lost updates"
    case .skippedSteps: "skipped steps"
    case .accuracy: "accuracy"
    }
  }

  /// The name of its column in a CSV.
  package var column: String {
    switch self {
    case .gradientError: "gradient_relative_l2"
    case .localGradientError: "local_gradient_relative_l2"
    case .finalLoss: "final_loss"
    case .lossDifference: "loss_difference"
    case .drift: "drift"
    case .zeroed: "zeroed_rate"
    case .subnormal: "subnormal_rate"
    case .overflowed: "overflow_rate"
    case .lostUpdates: "lost_update_rate"
    case .skippedSteps: "skipped_steps"
    case .accuracy: "accuracy"
    }
  }

  /// The stem of its figures' files.
  var stem: String {
    switch self {
    case .gradientError: "gradient-error"
    case .localGradientError: "local-gradient-error"
    case .finalLoss: "final-loss"
    case .lossDifference: "loss-difference"
    case .drift: "drift"
    case .zeroed: "zeroed"
    case .subnormal: "subnormal"
    case .overflowed: "overflowed"
    case .lostUpdates: "lost-updates"
    case .skippedSteps: "skipped-steps"
    case .accuracy: "accuracy"
    }
  }

  /// What it is, with its denominator.
  var meaning: String {
    switch self {
    case .gradientError:
      "median over the measured steps of \u{2016}g \u{2212} g_ref\u{2016} / \u{2016}g_ref\u{2016} of "
        + "all weight gradients, from the policy's own weights"
    case .localGradientError: "the same from the reference's weights: what one step adds"
    case .finalLoss:
      "mean of the last \(RunSummary.window) steps' losses, evaluated by the reference"
    case .lossDifference: "the final loss less the reference's at the same point"
    case .drift:
      "distance from the reference's weights over the distance that those travelled, at the end"
    case .zeroed: "share of the nonzero gradient values that became zero"
    case .subnormal: "share of the nonzero gradient values that became subnormal"
    case .overflowed: "share of all gradient values that overflowed"
    case .lostUpdates: "share of the nonzero updates that left their weight as it was"
    case .skippedSteps: "steps that loss scaling skipped"
    case .accuracy: "share of right predictions of the trained model on the first evaluation set"
    }
  }

  /// Whether it is a share, shown in percent.
  var isShare: Bool {
    switch self {
    case .zeroed, .subnormal, .overflowed, .lostUpdates, .accuracy: true
    default: false
    }
  }

  /// Whether it is drawn on a logarithmic axis.
  private var isRelative: Bool {
    switch self {
    case .gradientError, .localGradientError, .drift: true
    default: false
    }
  }

  /// What multiplies the value where it is shown.
  var factor: Double { isShare ? 100 : 1 }

  /// The axis of its figures.
  ///
  /// - Parameter lossUnit: The unit of losses.
  func axis(lossUnit: String) -> Axis {
    switch self {
    case .finalLoss, .lossDifference: Axis(title, unit: lossUnit)
    case .skippedSteps: Axis(title, unit: "1", including: [0], isWhole: false)
    case _ where isRelative: Axis(title, unit: "1", scale: .log10)
    case .accuracy: Axis(title, unit: "%")
    default: Axis(title, unit: "%", including: [0])
    }
  }

  /// A value as tables show it, in percent where it is a share.
  func text(_ value: Double) -> String { ReadableNumber.significant(value * factor) }

  /// The values of a policy's outcome and of its trained model.
  package static func values(
    _ outcome: PolicyOutcome, accuracy: Double?
  ) -> [StudyMetric: Double] {
    let all: [StudyMetric: Double?] = [
      .gradientError: outcome.gradientError, .localGradientError: outcome.localGradientError,
      .finalLoss: outcome.finalLoss, .lossDifference: outcome.lossDifference,
      .drift: outcome.drift, .zeroed: outcome.gradients?.zeroedRate,
      .subnormal: outcome.gradients?.subnormalRate, .overflowed: outcome.gradients?.overflowRate,
      .lostUpdates: outcome.updates?.lostRate, .skippedSteps: Double(outcome.skippedSteps),
      .accuracy: accuracy,
    ]
    return all.compactMapValues { $0.flatMap { $0.isFinite ? $0 : nil } }
  }
}
