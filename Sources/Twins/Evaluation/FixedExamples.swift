// SPDX-License-Identifier: Apache-2.0
import Datasets
import Measurements
import Network
import Threads

/// Training examples whose loss tells what every twin has learned: the same ones before the first
/// step and after the last, and for every seed of batches.
struct FixedExamples: Sendable {
  /// Batches that no step of the run takes.
  let batches: [Minibatch]
  let threads: Int

  /// The number of batches: the mean of their differences has seven degrees of freedom, and they
  /// take as long as some steps.
  private static let count = 8

  /// A place in the seed's sequence behind all that a million steps and their measurements of the
  /// gradient's variation may take: runs of any length have the same examples.
  private static let firstBatch = 1 << 23

  /// The examples of a run's batches; none of nil.
  init(_ source: (any BatchSource)?, threads: Int) {
    self.threads = threads
    batches =
      source.map { source in
        (1...Self.count).map { source.batch(step: Self.firstBatch + $0, threads: threads) }
      } ?? []
  }

  /// The mean loss of each batch for each twin as it is; nil where it is not finite.
  func losses(_ twins: [Twin]) -> [[Double?]] {
    let count = batches.count
    let all = concurrentMap(count: twins.count * count, threads: threads) { i -> LossOfBatch in
      let loss = twins[i / count].loss(of: batches[i % count], threads: threads)
      return LossOfBatch(value: loss.isFinite ? loss : nil)
    }
    return twins.indices.map { twin in all[twin * count..<(twin + 1) * count].map(\.value) }
  }

  /// A loss where it is finite: an optional of its own would be left out as no result.
  private struct LossOfBatch: Sendable {
    var value: Double?
  }
}

extension Twin {
  /// The mean loss of a batch as training sees it: normalized by its own moments, with the same
  /// dropout for every twin, and evaluated in FP64 on what the policy predicts.
  ///
  /// MPFR's twin predicts in FP64, as its trained model does.
  func loss(of batch: Minibatch, threads: Int) -> Double {
    let policy = policy.isMPFR ? .fp64 : policy
    let context = StepContext(pool: pool, threads: threads)
    var tape = Tape(policy, context)
    for (parameter, weight) in zip(parameters, weights) {
      let value = self.policy.isMPFR ? policy.rounded(weight, to: policy.weights, context) : weight
      tape.parameter(value, layer: parameter.layer, name: parameter.name)
    }
    let prediction = model.predict(batch, &tape)
    return exactLoss(tape.value(prediction), batch, threads: threads)
  }
}
