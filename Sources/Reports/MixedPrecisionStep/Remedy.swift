// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

/// What would help a policy, each with the measurement that says so.
package struct Remedy: Hashable, Sendable, Codable {
  /// The policy's name.
  package var policy: String
  /// What to change.
  package var change: String
  /// Why, with figures of this run.
  package var evidence: String
  /// The step of the run that was taken again with the change; nil where none was.
  package var trial: ChangeTrial?

  /// What would help the policies of a run; a lower rate alone where the reference itself blew up,
  /// for then the run has measured its rate and no format.
  static func all(_ run: TrainingRun, _ outcomes: [PolicyOutcome]) -> [Remedy] {
    zip(run.policies, outcomes).flatMap { policy, outcome in
      let advisor = Advisor(run: run, outcomes: outcomes, policy: policy, outcome: outcome)
      guard !advisor.isReferenceLost else { return [advisor.rate].compactMap(\.self) }
      // What ended a run comes before what merely cost it.
      let isOfRange =
        outcome.divergedStep != nil && outcome.concerns.first?.isOfForwardRange == true
      let remedies = [
        advisor.rate, isOfRange ? advisor.range : nil,
        advisor.constants ?? advisor.optimizer ?? state(run, policy, outcome),
        advisor.scaling, advisor.fallingScale, advisor.weights ?? advisor.decay,
        isOfRange ? nil : advisor.range,
        advisor.layer, advisor.rounding,
      ].compactMap(\.self)
      return remedies.isEmpty ? [advisor.precision].compactMap(\.self) : remedies
    }
  }
}

extension ChangeTrial {
  /// Whether the change halved what asked for it, or rid the step of it, and did not double the
  /// gradients' error: a greater loss scale may overflow.
  var helped: Bool {
    let isNoWorse = (after.gradientError ?? .infinity) <= 2 * (before.gradientError ?? .infinity)
    return isNoWorse && didMend
  }

  private var didMend: Bool {
    switch change {
    case .lossScale: after.zeroed <= before.zeroed / 2
    case .masterWeights: after.lostMass <= before.lostMass / 2
    case .optimizerState:
      after.infiniteUpdates <= before.infiniteUpdates / 2 && before.infiniteUpdates > 0
        || Self.isHalved(before.updateRatio, after.updateRatio)
    case .layerFormat:
      after.overflowed <= before.overflowed / 2 && before.overflowed > 0
        || after.zeroedForward <= before.zeroedForward / 2
          && before.zeroedForward >= DamageThreshold.share
        || Self.isHalved(before.gradientError, after.gradientError)
    }
  }

  /// Whether a figure was halved; one that was none and is finite was, too.
  private static func isHalved(_ before: Double?, _ after: Double?) -> Bool {
    guard let after else { return false }
    return after <= (before ?? .infinity) / 2
  }

  /// What the change did to the step, as a clause.
  var effect: String {
    func percent(_ x: Double) -> String { ReadableNumber.percent(x, digits: 2) }
    func number(_ x: Double?) -> String {
      x.map { ReadableNumber.significant($0, digits: 2) } ?? "none that is finite"
    }
    var parts: [String] = []
    switch change {
    case .lossScale:
      parts.append(
        "zeroed at most \(percent(after.zeroed)) of a gradient instead of \(percent(before.zeroed))"
      )
    case .masterWeights:
      parts.append(
        "lost at most \(percent(after.lostMass)) of an update instead of \(percent(before.lostMass))"
      )
    case .optimizerState:
      parts.append(
        before.infiniteUpdates > 0
          ? "had \(after.infiniteUpdates) updates that are not finite instead of \(before.infiniteUpdates)"
          : "had updates at most \(number(after.updateRatio)) times as long as the reference's instead "
            + "of \(number(before.updateRatio))")
    case .layerFormat:
      if before.overflowed > 0 {
        parts.append(
          "had \(after.overflowed) values of the forward pass overflow instead of \(before.overflowed)"
        )
      } else if before.zeroedForward >= DamageThreshold.share {
        parts.append(
          "zeroed at most \(percent(after.zeroedForward)) of a tensor of the forward pass instead of "
            + percent(before.zeroedForward))
      }
    }
    if before.gradientError != after.gradientError {
      parts.append(
        "had a gradient error of \(number(after.gradientError)) instead of "
          + number(before.gradientError))
    }
    return "taken again with it, step \(step) \(parts.joined(separator: " and "))"
  }
}
