// SPDX-License-Identifier: Apache-2.0
import Measurements

/// Why a reference gives its policies nothing to be judged by.
public struct Inconclusive: Hashable, Sendable {
  /// The reason, as a clause, without what to do about it.
  public let cause: String
  /// Whether the run was merely too short for a verdict, which its measurements are not.
  public let isTooShort: Bool
  /// Whether the reference's own values left every range, or went far up.
  public let isExploding: Bool

  /// The reason, and what to do about it where that is known.
  public var reason: String {
    cause + (isExploding && !isTooShort ? "; try a lower learning rate" : "")
  }

  /// How many times the first loss a loss of the first steps may be.
  private static let spike = 10.0

  /// The reason; nil where the reference made progress that a policy can keep or lose.
  public init?(reference: PolicyRun) {
    let window = RunSummary.window
    let count = reference.summary.count
    let name = reference.policy.name
    isTooShort = reference.firstNonFiniteStep == nil && count < 2 * window
    let start = reference.summary.first.first ?? nil
    let peak = reference.summary.first.compactMap(\.self).max()
    let hasSpike =
      start.flatMap { start in
        peak.map { start > 0 && $0 > Self.spike * start }
      } ?? false
    isExploding = reference.firstNonFiniteStep != nil || hasSpike
    if let step = reference.firstNonFiniteStep {
      cause = "\(name) itself diverged at step \(step)"
    } else if count < 2 * window {
      cause =
        "\(count == 1 ? "1 step is" : "\(count) steps are") too few: the least is \(2 * window)"
    } else if hasSpike, let start, let peak {
      cause =
        "\(name)'s own loss went from \(NumberText.significant(start, digits: 3)) up to "
        + "\(NumberText.significant(peak, digits: 3)) within the first \(window) steps, so that "
        + "its progress says nothing"
    } else if let first = reference.examples?.startLoss, let last = reference.examples?.endLoss,
      let progress = LostProgress.progress(of: reference), progress.lower <= 0
    {
      cause =
        "\(name) itself made no progress"
        + (first == last ? "" : " that is told from none")
        + ", from a loss of \(NumberText.significant(first, digits: 3)) to "
        + "\(NumberText.significant(last, digits: 3)) on the same examples"
    } else {
      return nil
    }
  }
}
