// SPDX-License-Identifier: Apache-2.0
import Measurements

/// What runs of the reference on other batches differ by: a policy that differs by less has not
/// been told from chance.
public struct NoiseFloor: Hashable, Sendable, Codable {
  /// The number of runs, the reference's own among them.
  public var runs: Int
  /// The sample standard deviation of the final training loss; nil where a loss is not finite.
  public var loss: Double?
  /// The same of the loss on held-out examples; nil without an evaluation.
  public var evaluationLoss: Double?
  /// The same of the accuracy on them.
  public var accuracy: Double?
  /// The mean distance of the other runs' weights from the reference's, in shares of its way.
  public var drift: Double?

  /// How many standard deviations one more run would be away from the mean of these, at most, with
  /// a probability of 95 %: t √(1 + 1/n), t the quantile of Student's distribution with n - 1
  /// degrees of freedom.
  public var threshold: Double {
    let n = Double(runs)
    let quantiles = Self.quantiles
    let t = runs - 1 <= quantiles.count ? quantiles[max(runs - 2, 0)] : Self.normalQuantile
    return t * (1 + 1 / n).squareRoot()
  }

  /// The 0.975 quantiles of Student's distribution with 1, 2, ... degrees of freedom (Abramowitz and
  /// Stegun, table 26.10), and the normal distribution's.
  private static let quantiles = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
  ]
  private static let normalQuantile = 1.960

  /// The floor of a run; nil without further seeds.
  init?(_ run: TrainingRun) {
    guard !run.seeds.isEmpty else { return nil }
    runs = run.seeds.count + 1
    loss = deviation([run.reference.finalLoss] + run.seeds.map(\.finalLoss))
    let clean = run.reference.evaluation?.scores.first
    evaluationLoss = deviation([clean?.loss] + run.seeds.map { $0.evaluation?.loss })
    accuracy = deviation([clean?.accuracy] + run.seeds.map { $0.evaluation?.accuracy })
    let drifts = run.seeds.compactMap(\.drift)
    drift = drifts.isEmpty ? nil : drifts.reduce(0, +) / Double(drifts.count)
  }
}

/// The sample standard deviation; nil where a value is missing.
private func deviation(_ values: [Double?]) -> Double? {
  let known = values.compactMap(\.self)
  guard known.count == values.count, known.count > 1 else { return nil }
  let mean = known.reduce(0, +) / Double(known.count)
  let squares = known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  return (squares / Double(known.count - 1)).squareRoot()
}
