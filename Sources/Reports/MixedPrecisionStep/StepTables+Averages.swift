// SPDX-License-Identifier: Apache-2.0
import Measurements

extension StepTables {
  /// What became of moving averages of the weights; nil where no policy has any.
  static func averages(_ run: TrainingRun) -> HTMLTable? {
    let policies = run.policies.filter { $0.averages != nil }
    guard !policies.isEmpty else { return nil }
    let name = run.reference.policy.name
    return HTMLTable(
      caption:
        "Moving averages of the weights against \(name)'s of the same decay. Off: the distance in "
        + "shares of their norm, and of the way that they have come from the initial weights. Lost: "
        + "averages that a step left as they were though the weight was another number, by count "
        + "and by distance. Accuracy: of the averaged model under the policy.",
      groups: [
        .init(""), .init(""), .init(""), .init("off by [%]", span: 2), .init("lost [%]", span: 2),
        .init(""),
      ],
      headings: [
        "policy", "format", "decay", "of the norm", "of the way", "count", "distance",
        "accuracy [%]",
      ],
      rows: policies.map { policy in
        let averages = policy.averages
        return [
          .text(policy.policy.name), .text(averages?.format ?? ""),
          .number(averages?.decay, digits: 4), .percent(averages?.relativeL2),
          .percent(averages?.drift, alarm: DamageThreshold.share),
          .percent(averages?.lost.lostRate),
          .percent(averages?.lost.lostMassShare, alarm: DamageThreshold.share),
          .fixed(averages?.scores?.accuracy.map { $0 * 100 }, digits: 2),
        ]
      })
  }

  /// What clipping did; nil where no gradient was to be clipped.
  static func clipping(_ run: TrainingRun) -> HTMLTable? {
    // A watched run tells its own clips alone.
    let all = run.watched == nil ? [run.reference] + run.policies : run.policies
    guard all.contains(where: { $0.summary.clips != nil }) else { return nil }
    return HTMLTable(
      caption:
        "Clipping, over all steps. Clipped: those whose gradients a factor below 1 made shorter. "
        + "Infinite norm: those whose norm is beyond its format. Factor: what gradients were "
        + "multiplied by.",
      headings: ["policy", "steps", "clipped", "infinite norm", "mean factor", "least factor"],
      rows: all.map { policy in
        let clips = policy.summary.clips ?? ClipSummary()
        return [
          .text(policy.policy.name), .count(UInt64(clips.steps)), .count(UInt64(clips.clipped)),
          .failures(UInt64(clips.unbounded)), .number(clips.meanFactor, digits: 3),
          .number(clips.leastFactor, digits: 3),
        ]
      })
  }
}
