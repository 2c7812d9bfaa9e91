// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

extension StepTables {
  /// What happened first to each policy, of which every so many steps were measured.
  static func incidents(_ outcomes: [PolicyOutcome], every interval: Int) -> HTMLTable {
    func share(_ incident: Incident?) -> HTMLTable.Cell { self.share(incident, every: interval) }
    let steps =
      interval > 1
      ? "the measured steps, 1 and every multiple of \(interval): what happened between them is not seen"
      : "all steps"
    return HTMLTable(
      caption:
        "The first overflow, NaN and large error of each policy at \(steps); of several tensors "
        + "of a step the one that the step produces first. Steps that a loss scaler then skipped are "
        + "included. An error is large where a value or gradient of the passes is off by "
        + "\(ReadableNumber.trimmed(Incident.divergence, digits: 2)) of its length or more: it may have "
        + "grown through tensors before, so that what the operation added to it and what its operands "
        + "brought along are told apart, at the first local comparison from then on.",
      headings: ["policy", "overflow", "NaN", "large error"],
      rows: outcomes.map { outcome in
        [
          .text(outcome.policy),
          share(outcome.incidents.overflow), share(outcome.incidents.nan),
          largeError(outcome, every: interval),
        ]
      })
  }

  /// When and where something happened to which share of the values.
  private static func share(_ incident: Incident?, every interval: Int) -> HTMLTable.Cell {
    guard let incident else { return .text(interval > 1 ? "not seen" : "never") }
    return .text(
      "\(place(incident)): \(ReadableNumber.percent(incident.amount, digits: 2)) of its values")
  }

  /// When and where an error was large, and where it came from.
  private static func largeError(_ outcome: PolicyOutcome, every interval: Int) -> HTMLTable.Cell {
    guard let incident = outcome.incidents.divergence else {
      return .text(
        outcome.divergedStep.map { "none before the divergence at step \($0)" }
          ?? (interval > 1 ? "not seen" : "never"))
    }
    func number(_ x: Double) -> String { ReadableNumber.significant(x, digits: 2) }
    let error = "\(place(incident)): error \(number(incident.amount))"
    guard let added = incident.added, let inherited = incident.inherited else {
      return .text(error)
    }
    let step = incident.originStep.map { $0 > incident.step ? "at step \($0) " : "" } ?? ""
    return .text(
      "\(error); \(step)the operation added \(number(added)) and inherited \(number(inherited))")
  }

  private static func place(_ incident: Incident) -> String {
    "step \(incident.step), \(incident.tensor.name)"
  }

  /// The tensors whose operations add most error of their own.
  static func origins(_ outcomes: [PolicyOutcome], reference: String) -> HTMLTable {
    let shown = 3
    return HTMLTable(
      caption: "Where error arises: for each policy the \(shown) tensors whose own operation "
        + "adds most, in a "
        + "step from \(reference)\u{2019}s weights, median over steps. Added: against "
        + "\(reference)\u{2019}s "
        + "arithmetic on the same operands. Inherited: what those operands brought along. Bias: "
        + "the mean "
        + "error of the roundings, signed and in magnitude, where it is more than three standard "
        + "errors (s.e.) from zero: a rounding toward zero has none of the first on values of both "
        + "signs, and half an ulp of the second.",
      groups: [
        .init(""), .init(""), .init("relative error [1]", span: 2), .init("signed bias", span: 2),
        .init("bias in magnitude", span: 2),
      ],
      headings: [
        "policy", "tensor", "added", "inherited", "mean [ulp]", "in s.e.", "mean [ulp]", "in s.e.",
      ],
      rows: outcomes.flatMap { outcome in
        outcome.origins.prefix(shown).map { origin in
          [
            .text(outcome.policy), .text(origin.tensor.name), .number(origin.added, digits: 2),
            .number(origin.inherited, digits: 2),
          ] + bias(origin.bias.signed, origin.bias.signedScore)
            + bias(origin.bias.magnitude, origin.bias.magnitudeScore)
        }
      })
  }

  private static func bias(_ mean: Double?, _ score: Double?) -> [HTMLTable.Cell] {
    let isShown = (score ?? 0).magnitude > BiasFigures.shownScore
    return [isShown ? .number(mean, digits: 2) : .none, .number(score, digits: 2)]
  }

  /// What moves the weights, and how rounding compares with sampling and with chance.
  static func noise(
    _ run: TrainingRun, _ outcomes: [PolicyOutcome], floor: NoiseFloor?
  ) -> HTMLTable {
    let name = run.reference.policy.name
    var caption =
      "Rounding against everything else. Direct and feedback: the parts of a step\u{2019}s "
      + "change of the "
      + "distance from \(name)\u{2019}s weights, in shares of \(name)\u{2019}s step, and the "
      + "cosine between "
      + "them. In deviations: the gradient\u{2019}s error over the standard deviation of "
      + "\(name)\u{2019}s "
      + "gradient over minibatches. All medians over steps. Directionality: the greatest "
      + "\u{2016}\u{03a3}e\u{2016} / \u{221a}(\u{03a3}\u{2016}e\u{2016}\u{00b2}) of a "
      + "parameter\u{2019}s gradient "
      + "errors, 1 where they cancel like random signs, and the greatest of the same with random "
      + "signs."
    if let floor {
      caption +=
        " Loss in floors: the difference on the fixed examples over the standard deviation of "
        + "\(floor.runs) runs of \(run.seedsName) on other batches. Two such runs differ by less than "
        + "\(ReadableNumber.fixed(floor.threshold, digits: 1)) with a probability of 95 % "
        + "(Student\u{2019}s t)."
    }
    return HTMLTable(
      caption: caption,
      groups: [
        .init(""), .init("step of the weights [1]", span: 3),
        .init("error of the gradient", span: 3), .init(""),
      ],
      headings: [
        "policy", "direct", "feedback", "cosine", "in deviations", "directionality",
        "random signs", "loss [floors]",
      ],
      rows: zip(run.policies, outcomes).map { policy, outcome in
        let errors = policy.directionality.filter {
          !run.reference.isZeroButForRounding($0.tag)
        }
        let worst = errors.max { ($0.ratio ?? 0) < ($1.ratio ?? 0) }
        let null = errors.compactMap(\.nullRatio).max()
        let floors = outcome.comparison?.examples.flatMap { difference in
          (floor?.loss).flatMap { $0 > 0 ? difference.estimate.magnitude / $0 : nil }
        }
        return [
          .text(outcome.policy), .number(outcome.directDrift, digits: 2),
          .number(outcome.feedbackDrift, digits: 2), .number(outcome.driftCosine, digits: 2),
          .number(outcome.noiseRatio, digits: 2), .number(worst?.ratio, digits: 2),
          .number(null, digits: 2), .number(floors, digits: 2),
        ]
      })
  }
}
