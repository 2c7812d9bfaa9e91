// SPDX-License-Identifier: Apache-2.0
import Measurements
import TensorFiles

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

/// A small text, a small model on it and a batch.
enum Fixture {
  static let line = "the quick brown fox jumps over the lazy dog and then it rests a while. "

  static func text(context: Int = 4) throws -> CharacterText {
    try CharacterText(
      FileContents(path: "fox.txt", bytes: Array(String(repeating: line, count: 20).utf8)),
      context: context)
  }

  static func model(
    _ activation: ActivationFunction = .gelu, hidden: [Int] = [8, 6]
  ) throws -> (any Model, Minibatch) {
    let task = TrainingTask.mlp(
      try text(), batch: 5, context: 4, embedding: 3, hidden: hidden, activation: activation)
    return (task.model, task.batches(11).batch(step: 1))
  }

  /// The layers of later transformers, all at once.
  static var laterLayers: LayerChoices {
    var layers = LayerChoices()
    layers.normalization = .rms
    layers.epsilon = 1e-3
    layers.positions = .rotary
    layers.keyValueHeads = 1
    layers.labelSmoothing = 0.1
    return layers
  }

  static func weights(_ model: any Model) -> [[Double]] { model.initialWeights(seed: 5) }

  static func experiment(
    _ policies: [Policy], steps: Int, optimizer: Optimizer = Optimizer(.sgd), batch: Int = 8,
    threads: Int = 1, localEvery: Int = 2
  ) throws -> TwinExperiment {
    TwinExperiment(
      task: .mlp(try text(), batch: batch, context: 4, embedding: 4, hidden: [16]),
      policies: policies, optimizer: optimizer, steps: steps, seed: 1, localEvery: localEvery,
      threads: threads)
  }

  static func twin(_ policy: Policy, _ model: any Model, learningRate: Double = 0.1) -> Twin {
    Twin(
      policy, model, Optimizer(.sgd, learningRate: learningRate), weights: weights(model))
  }

  static func tensor(_ values: [Double]) -> Tensor {
    Kernel<Double>.tensor([values.count], as: .fp64, StepContext()) { values[$0] }
  }
}

extension Twin {
  /// The weight gradients of a batch, parameter by parameter, any loss scale included.
  func gradients(_ batch: Minibatch, from weights: [[Double]]) -> [TensorTag: [Double]] {
    var gradients: [TensorTag: [Double]] = [:]
    let observer = StepObserver(
      tensor: { if $0.tag.kind == .weightGradient { gradients[$0.tag] = $0.tensor.doubles } },
      update: { _ in })
    _ = probe(batch, step: 1, from: state(weights), threads: 1, observer: observer)
    return gradients
  }

  /// The loss as the twin computes it.
  func loss(_ batch: Minibatch, from weights: [[Double]]) -> Double {
    probe(batch, step: 1, from: state(weights), threads: 1, observer: nil).step.loss
  }

  /// A state with weights of other values.
  private func state(_ weights: [[Double]]) -> TwinState {
    TwinState(
      weights: zip(self.weights, weights).map { tensor, values in
        policy.tensor(tensor.shape, as: policy.weights, StepContext()) { values[$0] }
      })
  }
}
