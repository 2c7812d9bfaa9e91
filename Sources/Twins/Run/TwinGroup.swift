// SPDX-License-Identifier: Apache-2.0
import Measurements
import Network
import Policies

/// All twins of an experiment, in the same initial state.
struct TwinGroup: Sendable {
  let reference: ReferenceTwin
  let policies: [MeasuredTwin]
  /// The reference on batches of other seeds.
  let seeds: [SeededTwin]
  /// Each policy on batches of the first of those seeds, policy by policy.
  let paired: [SeededTwin]

  /// The twins before their first step.
  init(_ experiment: TwinExperiment) {
    let initial = experiment.task.model.initialWeights(seed: experiment.seed)
    let division = experiment.division
    let pool = TensorPool()
    func twin(_ policy: Policy, seed: UInt64, averages: [WeightAverages] = []) -> Twin {
      Twin(
        policy.dividing(division), experiment.task.model, experiment.optimizer, weights: initial,
        steps: experiment.steps, seed: seed, pool: pool, averages: averages)
    }
    let threads = experiment.threads
    policies = experiment.policies.map {
      MeasuredTwin(
        twin($0, seed: experiment.seed, averages: $0.averages.map { [$0] } ?? []), threads: threads)
    }
    func seeded(_ policy: Policy, _ index: Int) -> SeededTwin {
      let seed = experiment.seed &+ UInt64(index + 1)
      return SeededTwin(twin(policy, seed: seed), experiment.task.batches(seed), seed: seed)
    }
    seeds = (0..<experiment.referenceSeedRuns).map {
      seeded(experiment.seededReference, $0)
    }
    paired = experiment.policies.flatMap { policy in
      (0..<experiment.pairedSeeds).map { seeded(policy, $0) }
    }
    reference = ReferenceTwin(
      twin(
        experiment.reference, seed: experiment.seed, averages: experiment.referenceAverages),
      initial: initial, threads: threads)
  }

  /// Every twin: the reference, the policies, the seeds and the paired ones.
  var all: [Twin] {
    [reference.twin] + policies.map(\.twin) + seeds.map(\.twin) + paired.map(\.twin)
  }

  /// What the run goes on from after some steps.
  func state(steps: Int) -> TrainingState {
    TrainingState(
      steps: steps, reference: reference.measured.record, policies: policies.map(\.record),
      seeds: seeds.map(\.record), paired: paired.map(\.record))
  }

  /// Goes on from a state that fits.
  func restore(_ state: TrainingState) {
    reference.measured.restore(state.reference)
    for (twin, record) in zip(policies, state.policies) { twin.restore(record) }
    for (twin, record) in zip(seeds, state.seeds) { twin.restore(record) }
    for (twin, record) in zip(paired, state.paired) { twin.restore(record) }
  }
}
