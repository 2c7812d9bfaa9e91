// SPDX-License-Identifier: Apache-2.0
import Measurements

/// Why a reference gives its policies nothing to be judged by.
package struct Inconclusive: Hashable, Sendable {
  /// The reason, as a clause, without what to do about it.
  package let cause: String
  /// Whether the run was merely too short for a verdict, which its measurements are not.
  package let isTooShort: Bool
  /// Whether the reference's own values left every range, or went far up.
  package let isExploding: Bool

  /// What to do about it; nil where that is not known.
  private let advice: String?

  /// The reason, and what to do about it where that is known.
  package var reason: String { cause + (advice.map { "; try \($0)" } ?? "") }

  /// How many times the first loss a loss of the first steps may be.
  static let spike = 10.0

  /// The reason; nil where the reference of a run made progress that a policy can keep or lose.
  package init?(_ run: TrainingRun) {
    self.init(
      reference: run.reference, stop: run.stop, epsilon: run.configuration.epsilon,
      isWatched: run.watched != nil)
  }

  /// The reason, from the reference and where it was not finite any more.
  init?(
    reference: PolicyRun, stop: ReferenceStop? = nil, epsilon: Double? = nil,
    isWatched: Bool = false
  ) {
    let window = RunSummary.window
    let count = reference.summary.count
    let name = reference.policy.name
    let isUnknown = count > 0 && reference.summary.first.isEmpty
    isTooShort =
      reference.firstNonFiniteStep == nil && stop == nil && (count < 2 * window || isUnknown)
    // 0/0 where a gradient is zero and the optimizer divides by its magnitude.
    let isOfOptimizer = stop?.tensor.kind == .update
    let start = reference.summary.first.first ?? nil
    let peak = reference.summary.first.compactMap(\.self).max()
    let hasSpike =
      start.flatMap { start in
        peak.map { start > 0 && $0 > Self.spike * start }
      } ?? false
    isExploding =
      reference.firstNonFiniteStep != nil || stop != nil && !isOfOptimizer || hasSpike
    advice =
      isExploding && !isTooShort
      ? "a lower learning rate"
      : isOfOptimizer
        ? epsilon == 0 ? "an epsilon above 0" : "a lower learning rate or a larger epsilon" : nil
    if let stop {
      cause = "\(name) itself is not finite at step \(stop.step), first in \(stop.tensor.name)"
    } else if let step = reference.firstNonFiniteStep {
      cause = "\(name) itself diverged at step \(step)"
    } else if isUnknown {
      cause = "no loss of \(name) is known"
    } else if count < 2 * window {
      cause =
        "\(count == 1 ? "1 step is" : "\(count) steps are") too few: the least is \(2 * window)"
    } else if hasSpike, let start, let peak {
      cause =
        "\(name)'s own loss went from \(ReadableNumber.significant(start, digits: 3)) up to "
        + "\(ReadableNumber.significant(peak, digits: 3)) within the first \(window) steps, so that "
        + "its progress says nothing"
    } else if let first = reference.examples?.startLoss, let last = reference.examples?.endLoss,
      let progress = LostProgress.progress(of: reference), progress.lower <= 0,
      !(isWatched && Self.fellEverywhere(reference))
    {
      cause =
        "\(name) itself made no progress"
        + (first == last ? "" : " that is told from none")
        + ", from a loss of \(ReadableNumber.significant(first, digits: 3)) to "
        + "\(ReadableNumber.significant(last, digits: 3)) "
        + (isWatched ? "over the first and the last \(window) steps" : "on the same examples")
    } else {
      return nil
    }
  }

  /// Whether each of the last steps has a smaller loss than the one of the first steps that it is
  /// compared with: by chance that is so in one of 2^`RunSummary.window` runs. Where the loss falls
  /// steeply within the first steps, these differ so much that the mean's interval says less.
  private static func fellEverywhere(_ reference: PolicyRun) -> Bool {
    reference.examples?.progress?.allSatisfy { $0 > 0 } ?? false
  }
}
