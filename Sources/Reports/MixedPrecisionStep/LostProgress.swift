// SPDX-License-Identifier: Apache-2.0
import Measurements

/// The share of the reference's progress that a policy does not make, both on the same examples.
///
/// Progress is the loss of fixed examples before the first step less that after the last, each as
/// the policy itself predicts: one that took no step made none, and lost all of the reference's.
enum LostProgress {
  /// The reference's progress, over batches of the examples; nil where a loss is not finite.
  static func progress(of reference: PolicyRun) -> MeanInterval? {
    reference.examples?.progress.flatMap { MeanInterval($0) }
  }

  /// (P_ref - P) / P_ref: over seeds where the policy was trained on several, otherwise over
  /// batches of the fixed examples; nil where the reference made no progress or a loss is not
  /// finite.
  static func share(_ policy: PolicyRun, of run: TrainingRun) -> MeanInterval? {
    overSeeds(policy, of: run) ?? overExamples(policy, run.reference)
  }

  /// The share over batches of the fixed examples, in the run's own seed.
  static func overExamples(_ policy: PolicyRun, _ reference: PolicyRun) -> MeanInterval? {
    guard let expected = reference.examples?.progress, let own = policy.examples?.progress,
      expected.count == own.count, expected.reduce(0, +) > 0
    else { return nil }
    return MeanInterval(ratioOf: zip(expected, own).map { $0 - $1 }, to: expected)
  }

  /// The share over the seeds, each by the mean loss of all fixed examples.
  private static func overSeeds(_ policy: PolicyRun, of run: TrainingRun) -> MeanInterval? {
    guard !policy.pairedSeeds.isEmpty else { return nil }
    func progress(_ own: ExampleLosses?, _ further: [SeedRun]) -> [Double?] {
      ([own] + further.map(\.examples)).map { examples in
        examples?.startLoss.flatMap { start in examples?.endLoss.map { start - $0 } }
      }
    }
    let pairs = Array(
      zip(
        progress(run.reference.examples, run.seeds),
        progress(policy.examples, policy.pairedSeeds)))
    let known = pairs.compactMap { expected, own in
      expected.flatMap { expected in own.map { (expected, $0) } }
    }
    guard known.count == pairs.count, known.allSatisfy({ $0.0 > 0 }) else { return nil }
    return MeanInterval(ratioOf: known.map { $0.0 - $0.1 }, to: known.map(\.0))
  }
}
