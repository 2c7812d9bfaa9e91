// SPDX-License-Identifier: Apache-2.0
import Measurements

/// All twins of an experiment, in the same initial state.
struct TwinGroup: Sendable {
  let reference: ReferenceTwin
  let policies: [MeasuredTwin]
  /// The reference on batches of other seeds.
  let seeds: [SeededTwin]

  /// The twins before their first step.
  init(_ experiment: TwinExperiment) {
    let initial = experiment.task.model.initialWeights(seed: experiment.seed)
    let workers = experiment.workerCount
    let pool = TensorPool()
    func twin(_ policy: Policy, seed: UInt64) -> Twin {
      Twin(
        policy.split(among: workers), experiment.task.model, experiment.optimizer, weights: initial,
        steps: experiment.steps, seed: seed, pool: pool)
    }
    let threads = experiment.threads
    policies = experiment.policies.map {
      MeasuredTwin(twin($0, seed: experiment.seed), threads: threads)
    }
    seeds = (0..<experiment.seedRuns).map { index in
      let seed = experiment.seed &+ UInt64(index + 1)
      return SeededTwin(
        twin(experiment.seededReference, seed: seed), experiment.task.batches(seed), seed: seed)
    }
    reference = ReferenceTwin(
      twin(experiment.reference, seed: experiment.seed), initial: initial, threads: threads)
  }

  /// What the run goes on from after some steps.
  func state(steps: Int) -> TrainingState {
    TrainingState(
      steps: steps, reference: reference.measured.record, policies: policies.map(\.record),
      seeds: seeds.map(\.record))
  }

  /// Goes on from a state that fits.
  func restore(_ state: TrainingState) {
    reference.measured.restore(state.reference)
    for (twin, record) in zip(policies, state.policies) { twin.restore(record) }
    for (twin, record) in zip(seeds, state.seeds) { twin.restore(record) }
  }
}
