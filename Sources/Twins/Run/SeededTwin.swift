// SPDX-License-Identifier: Apache-2.0
import Datasets
import Measurements

/// The reference, or a policy, on batches of another seed, unmeasured.
final class SeededTwin: @unchecked Sendable {
  let twin: Twin
  private let batches: any BatchSource
  private let seed: UInt64
  private var summary: PolicyRun
  private var latest: StepRecord?

  init(_ twin: Twin, _ batches: any BatchSource, seed: UInt64) {
    self.twin = twin
    self.batches = batches
    self.seed = seed
    summary = PolicyRun(policy: twin.policy.description)
  }

  /// The twin as it is.
  var record: TwinRecord {
    TwinRecord(
      state: twin.state, scaler: twin.scaler, measurements: RecorderState(run: summary))
  }

  /// Goes on from a record.
  func restore(_ record: TwinRecord) {
    twin.restore(record.state, record.scaler)
    summary = record.measurements.run
  }

  /// Takes a step on its own batch, of which nothing is known until it is kept.
  func advance(_ number: Int, threads: Int) {
    latest = StepRecord(
      number, twin.advance(batches.batch(step: number), step: number, threads: threads))
  }

  /// Adds the latest step to the record: the reference, which steps beside the seed, has gone so
  /// far, too.
  func keep() {
    if let latest { summary.append(latest) }
    latest = nil
  }

  /// What became of it.
  ///
  /// - Parameter reference: from whose weights the distance is taken; nil for none.
  func result(
    _ reference: ReferenceTwin?, _ models: TrainedModels, _ examples: ExampleLosses?
  ) -> SeedRun {
    SeedRun(
      seed: seed, finalLoss: summary.finalLoss,
      drift: reference?.drift(of: twin.weights),
      evaluation: models.scores(of: twin.state, under: twin.policy), examples: examples)
  }
}
