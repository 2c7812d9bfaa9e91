// SPDX-License-Identifier: Apache-2.0
import Datasets
import Measurements
import Models
import Policies
import Threads

/// The evaluation of a run's trained models: each under its own policy, and the weights and the
/// arithmetic of each apart.
struct TrainedModels {
  let model: any Model
  let sets: [ExampleSet]
  let threads: Int
  /// What they are compared with.
  let reference: (policy: Policy, state: TwinState)
  /// What the reference is called, FP64 in the place of MPFR included.
  let referenceName: String

  /// The evaluations of the reference and of each policy.
  func evaluate(
    _ twins: [(policy: Policy, state: TwinState)]
  ) -> (
    reference: PolicyEvaluation, policies: [PolicyEvaluation], pairs: [PairedPredictions]
  )? {
    let expected = concurrentMap(count: sets.count, threads: threads) { i in
      predictions(reference.policy, reference.state, sets[i]).map {
        (predictions: $0, scores: $0.scores)
      }
    }.compactMap(\.self)
    guard expected.count == sets.count, let clean = expected.first?.predictions,
      !clean.targets.isEmpty
    else { return nil }
    let (training, inference) = (sets.count, sets.count + 1)
    let parts = sets.count + 2
    let comparisons = concurrentMap(count: twins.count * parts, threads: threads) {
      i -> Comparison? in
      let (twin, part) = (twins[i / parts], i % parts)
      switch part {
      case training:
        return predictions(reference.policy, twin.state, sets[0])
          .map { Comparison(difference: $0.difference(from: clean)) }
      case inference:
        return predictions(twin.policy, reference.state, sets[0])
          .map { Comparison(difference: $0.difference(from: clean)) }
      default:
        return predictions(twin.policy, twin.state, sets[part]).map {
          Comparison(
            scores: $0.scores, difference: $0.difference(from: expected[part].predictions),
            rights: part == 0 ? $0.rights : [])
        }
      }
    }
    let policies = twins.indices.map { twin in
      let all = Array(comparisons[twin * parts..<(twin + 1) * parts])
      let own = all[..<sets.count].compactMap(\.self)
      return PolicyEvaluation(
        scores: own.compactMap(\.scores), differences: own.map(\.difference),
        training: all[training]?.difference, inference: all[inference]?.difference)
    }
    let models =
      [(name: referenceName, isRight: clean.rights)]
      + twins.indices.map { (twins[$0].policy.name, comparisons[$0 * parts]?.rights ?? []) }
    let pairs = models.indices.flatMap { first in
      models[(first + 1)...].map {
        PairedPredictions(models[first], $0, examples: clean.examples ?? [])
      }
    }
    return (PolicyEvaluation(scores: expected.map(\.scores)), policies, pairs)
  }

  /// A twin's predictions of one set: how well they fit, where asked, and how far they are from the
  /// reference's.
  private struct Comparison {
    var scores: EvaluationScores?
    var difference: PredictionDifference
    /// Which predictions are right; of the first set alone.
    var rights: [Bool] = []
  }

  /// The scores of other weights under a policy, on the first set.
  func scores(of state: TwinState, under policy: Policy) -> EvaluationScores? {
    sets.first.flatMap { predictions(policy, state, $0)?.scores }
  }

  private func predictions(
    _ policy: Policy, _ state: TwinState, _ set: ExampleSet
  ) -> ClassPredictions? {
    Inference(model: model, policy: policy, state: state).predictions(of: set)
  }
}
