// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

extension StepTables {
  /// What happened first to each policy.
  static func incidents(_ outcomes: [PolicyOutcome]) -> HTMLTable {
    func cell(_ incident: Incident?, _ amount: (Incident) -> String) -> HTMLTable.Cell {
      incident.map { .text("step \($0.step), \($0.tensor.name): \(amount($0))") } ?? .text("never")
    }
    func percent(_ x: Double) -> String { NumberText.percent(x, digits: 2) }
    return HTMLTable(
      caption: "The first overflow, NaN and divergence of each policy at measured steps, in the "
        + "order in "
        + "which a step produces its tensors; steps that a loss scaler then skipped are "
        + "included. A tensor "
        + "has diverged where its relative error reaches "
        + "\(NumberText.trimmed(Incident.divergence, digits: 2))"
        + ": not one bit is right on average.",
      headings: ["policy", "overflow", "NaN", "divergence"],
      rows: outcomes.map { outcome in
        [
          .text(outcome.policy),
          cell(outcome.incidents.overflow) { "\(percent($0.amount)) of its values" },
          cell(outcome.incidents.nan) { "\(percent($0.amount)) of its values" },
          cell(outcome.incidents.divergence) { incident in
            let error = "error \(NumberText.significant(incident.amount, digits: 2))"
            guard let added = incident.added, let inherited = incident.inherited else {
              return error
            }
            return error + ", of which the operation added "
              + "\(NumberText.significant(added, digits: 2)) and inherited "
              + NumberText.significant(inherited, digits: 2)
          },
        ]
      })
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
        + "signed error of the roundings, where it is more than three standard errors from zero.",
      groups: [
        .init(""), .init(""), .init("relative error [1]", span: 2), .init("bias", span: 2),
      ],
      headings: ["policy", "tensor", "added", "inherited", "[ulp]", "[standard errors]"],
      rows: outcomes.flatMap { outcome in
        outcome.origins.prefix(shown).map { origin in
          [
            .text(outcome.policy), .text(origin.tensor.name), .number(origin.added, digits: 2),
            .number(origin.inherited, digits: 2),
            origin.isBiased ? .number(origin.bias, digits: 2) : .none,
            .number(origin.biasScore, digits: 2),
          ]
        }
      })
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
        " Final loss in floors: its difference over the standard deviation of \(floor.runs) runs "
        + "of \(name) on "
        + "other batches; below 2 it is not told from chance."
    }
    return HTMLTable(
      caption: caption,
      groups: [
        .init(""), .init("step of the weights [1]", span: 3), .init("gradient error", span: 3),
        .init("final loss"),
      ],
      headings: [
        "policy", "direct", "feedback", "cosine", "[deviations]", "directionality", "random signs",
        "[floors]",
      ],
      rows: zip(run.policies, outcomes).map { policy, outcome in
        let worst = policy.directionality.max { ($0.ratio ?? 0) < ($1.ratio ?? 0) }
        let null = policy.directionality.compactMap(\.nullRatio).max()
        let floors = outcome.lossDifference.flatMap { difference in
          (floor?.loss).flatMap { $0 > 0 ? difference.magnitude / $0 : nil }
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
