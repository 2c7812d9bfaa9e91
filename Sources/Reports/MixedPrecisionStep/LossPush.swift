// SPDX-License-Identifier: Apache-2.0
import Measurements

/// What the roundings of one value of the forward pass do to the loss, over the steps with a local
/// comparison: whether they push it one way or are chance.
struct LossPush {
  let tag: TensorTag
  /// The mean over steps of Σ ∂L/∂x (y - y*) [unit of the loss].
  let mean: Double
  /// The mean of its magnitude.
  let magnitude: Double
  /// The mean over its standard error; nil of fewer than two steps.
  let score: Double?

  init?(_ series: TensorSeries) {
    guard series.mode == .local else { return nil }
    let pushes = series.points.enumerated().compactMap { index, point in
      point.origin?.push.map { push in
        let isLast = index + 1 == series.points.count
        return push / Double(isLast ? series.lastMeasurements : series.measurementsPerPoint)
      }
    }
    guard !pushes.isEmpty else { return nil }
    tag = series.tag
    let count = Double(pushes.count)
    mean = pushes.reduce(0, +) / count
    magnitude = pushes.reduce(0) { $0 + $1.magnitude } / count
    let squares = pushes.reduce(0) { [mean] in $0 + ($1 - mean) * ($1 - mean) }
    let error = pushes.count > 1 ? (squares / (count * (count - 1))).squareRoot() : 0
    score = error > 0 ? mean / error : nil
  }

  /// The pushes of a policy's values, the greatest first; none that never pushes.
  static func ranked(_ policy: PolicyRun) -> [LossPush] {
    policy.tensors.compactMap { LossPush($0) }.filter { $0.magnitude > 0 }.sorted {
      ($1.magnitude, $0.tag.description) < ($0.magnitude, $1.tag.description)
    }
  }
}

extension StepFigures {
  /// The name of the map of pushes.
  static let pushName = "loss-pushes"

  /// Which value's roundings push the loss how much, by step; nil without local comparisons.
  var pushes: HeatMap? {
    var tags: [TensorTag] = []
    for policy in run.policies {
      for push in policy.tensors.compactMap({ LossPush($0) })
      where push.magnitude > 0 && !tags.contains(push.tag) { tags.append(push.tag) }
    }
    guard !tags.isEmpty else { return nil }
    return heatMap(
      name: Self.pushName, title: "How roundings push the loss",
      key: { .powersOfTwo("|push| on the loss", fitting: $0) },
      meaning:
        "\u{2202}L/\u{2202}x of the reference times the error that an operation or a cast adds to "
        + "a value of the forward pass, in magnitude",
      note: "From the reference's weights, at first order.", mode: .local, of: tags
    ) { $0.origin?.push?.magnitude }
  }
}

extension StepTables {
  /// The values whose roundings push the loss most, policy by policy.
  static func pushes(_ run: TrainingRun) -> HTMLTable? {
    let rows = run.policies.flatMap { policy in
      LossPush.ranked(policy).prefix(mostPushes).map { push -> [HTMLTable.Cell] in
        [
          .code(policy.policy.name), .text(push.tag.place), .number(push.magnitude),
          .number(push.mean), .number(push.score),
        ]
      }
    }
    guard !rows.isEmpty else { return nil }
    return HTMLTable(
      caption:
        "The values whose roundings push the loss most, at first order and from the reference's "
        + "weights: mean magnitude and mean over the steps with a local comparison, in "
        + "\(run.configuration.lossUnit), and the mean over its standard error. Chance alone stays within "
        + "2 in nineteen of twenty rows.",
      headings: ["policy", "value", "|push|", "mean push", "z"], rows: rows)
  }

  private static let mostPushes = 4
}
