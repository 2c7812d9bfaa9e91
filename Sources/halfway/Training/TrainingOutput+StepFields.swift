// SPDX-License-Identifier: Apache-2.0
import Measurements
import Reports

extension TrainingOutput {
  /// What clipping did under each policy, a sentence each.
  var clippingSentences: [String] {
    ([run.reference] + run.policies).compactMap { policy in
      guard let clips = policy.summary.clips else { return nil }
      let mean = clips.meanFactor.map {
        ", gradients times \(ReadableNumber.significant($0, digits: 3)) on average"
      }
      let unbounded =
        clips.unbounded == 0 ? "" : "; the norm was not finite at \(clips.unbounded) of them"
      return "\(policy.policy.name): clipped at \(clips.clipped) of \(clips.steps) steps"
        + (mean ?? "") + unbounded + "."
    }
  }

  /// What became of each policy's averages of the weights, a sentence each.
  var averageSentences: [String] {
    run.policies.compactMap { policy in
      guard let averages = policy.averages else { return nil }
      func percent(_ share: Double?) -> String {
        share.map { "\(ReadableNumber.significant($0 * 100, digits: 3)) %" } ?? "?"
      }
      return "\(policy.policy.name): averages of the weights in \(averages.format), decay "
        + "\(averages.decay): off by \(percent(averages.drift)) of the way that "
        + "\(run.reference.policy.name)'s have come (\(percent(averages.relativeL2)) of their "
        + "norm); \(percent(averages.lost.lostRate)) of their changes lost."
    }
  }
}
