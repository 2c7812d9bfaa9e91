// SPDX-License-Identifier: Apache-2.0
import Measurements

/// The evaluation of a run's trained models: each under its own policy, and the weights and the
/// arithmetic of each apart.
struct TrainedModels {
  let model: any Model
  let sets: [ExampleSet]
  let threads: Int
  /// What they are compared with.
  let reference: (policy: Policy, state: TwinState)

  /// The evaluations of the reference and of each policy.
  func evaluate(
    _ twins: [(policy: Policy, state: TwinState)]
  ) -> (reference: PolicyEvaluation, policies: [PolicyEvaluation])? {
    let expected = concurrentMap(count: sets.count, threads: threads) { i in
      predictions(reference.policy, reference.state, sets[i])
    }.compactMap(\.self)
    guard expected.count == sets.count, let clean = expected.first, !clean.targets.isEmpty else {
      return nil
    }
    let policies = concurrentMap(count: twins.count, threads: threads) { i in
      let twin = twins[i]
      let own = sets.compactMap { predictions(twin.policy, twin.state, $0) }
      let training = predictions(reference.policy, twin.state, sets[0])
      let inference = predictions(twin.policy, reference.state, sets[0])
      return PolicyEvaluation(
        scores: own.map(\.scores),
        differences: zip(own, expected).map { $0.difference(from: $1) },
        training: training?.difference(from: clean), inference: inference?.difference(from: clean))
    }
    return (PolicyEvaluation(scores: expected.map(\.scores)), policies)
  }

  /// The scores of other weights under the reference's arithmetic, on the first set.
  func scores(of state: TwinState) -> EvaluationScores? {
    sets.first.flatMap { predictions(reference.policy, state, $0)?.scores }
  }

  private func predictions(
    _ policy: Policy, _ state: TwinState, _ set: ExampleSet
  ) -> ClassPredictions? {
    Inference(model: model, policy: policy, state: state).predictions(of: set)
  }
}
