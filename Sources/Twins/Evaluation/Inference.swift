// SPDX-License-Identifier: Apache-2.0
import Datasets
import Models
import Network
import Policies

/// A trained model under a policy's arithmetic, as it is used after training: nothing is dropped,
/// and batches are normalized by running averages.
struct Inference {
  let model: any Model
  let policy: Policy
  /// The trained weights and averages, of any policy.
  let state: TwinState

  /// The predictions of a set's examples.
  func predictions(of set: ExampleSet) -> ClassPredictions? {
    var all: ClassPredictions?
    var examples = 0
    let pool = TensorPool()
    let context = StepContext(pool: pool)
    let weights = state.weights.map { policy.rounded($0, to: policy.weights, context) }
    let statistics = state.statistics.mapValues {
      RunningStatistics(
        mean: $0.mean.doubles, variance: $0.variance.doubles, policy, context)
    }
    for batch in set.batches {
      var tape = Tape(
        policy, StepContext(pool: pool), isTraining: false, statistics: statistics)
      for (parameter, weight) in zip(model.parameters, weights) {
        tape.parameter(weight, layer: parameter.layer, name: parameter.name)
      }
      let prediction = model.predict(batch, &tape)
      let part = model.classes(tape.value(prediction), batch)
      all = all ?? ClassPredictions(classes: part.classes, examples: [])
      let count = part.targets.count
      all?.examples? += (part.examples ?? (0..<count).map { $0 * batch.size / count })
        .map { examples + $0 }
      examples += batch.size
      all?.logits += part.logits
      all?.targets += part.targets
    }
    return all
  }
}
