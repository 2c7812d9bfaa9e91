// SPDX-License-Identifier: Apache-2.0
import Measurements

/// What runs of the reference on other batches differ by: a policy that differs by less differs by
/// no more than another seed would.
package struct NoiseFloor: Hashable, Sendable, Codable {
  /// The number of runs, the reference's own among them.
  package var runs: Int
  /// The sample standard deviation of the loss of the fixed examples after the last step; nil where
  /// a loss is not finite.
  package var loss: Double?
  /// The same of the loss on held-out examples; nil without an evaluation.
  package var evaluationLoss: Double?
  /// The same of the accuracy on them.
  package var accuracy: Double?
  /// The mean distance of the other runs' weights from the reference's, in shares of its way.
  package var drift: Double?

  /// The greatest difference of two runs' losses that another seed makes, with a probability of 95
  /// %; nil where it is not known.
  package var lossLimit: Double? { lossLimit(level: MeanInterval.level) }

  /// The same at another level.
  func lossLimit(level: Double) -> Double? {
    loss.flatMap { Evidence.limit(deviation: $0, runs: runs, level: level) }
  }

  /// The difference that has to be exceeded for a policy to be called unsafe.
  var harmLimit: Double? {
    lossLimit(level: runs < Evidence.enoughRuns ? Evidence.levelOfFewRuns : Evidence.level)
  }

  /// How many standard deviations two runs differ by at most, with a probability of 95 %.
  package var threshold: Double {
    Evidence.limit(deviation: 1, runs: runs, level: MeanInterval.level) ?? .infinity
  }

  /// The floor of a run; nil without further seeds.
  package init?(_ run: TrainingRun) {
    guard !run.seeds.isEmpty else { return nil }
    runs = run.seeds.count + 1
    loss = deviation([run.reference.examples?.endLoss] + run.seeds.map { $0.examples?.endLoss })
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
  return sampleDeviation(known)
}
