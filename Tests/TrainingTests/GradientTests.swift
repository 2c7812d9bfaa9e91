// SPDX-License-Identifier: Apache-2.0
import Measurements
import SoftFloat
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

@Suite struct GradientTests {
  @Test(
    "Every weight's FP64 gradient in a perceptron is the central difference of the loss",
    arguments: ActivationFunction.allCases)
  func perceptron(_ activation: ActivationFunction) throws {
    let (model, batch) = try Fixture.model(activation)
    try compare(model, batch, Fixture.weights(model))
  }

  @Test("Likewise in a transformer with the layers of later ones, plain and in tiles")
  func laterTransformer() throws {
    let task = TrainingTask.transformer(
      try Fixture.text(), batch: 2, context: 4, width: 8, blocks: 1, heads: 2, activation: .silu,
      layers: Fixture.laterLayers)
    let weights = zip(task.model.parameters, Fixture.weights(task.model)).map {
      parameter, values in
      parameter.layer.contains("norm") ? values.map { $0 + 0.125 } : values.map { $0 * 10 }
    }
    // No learned positions, no biases of norms, keys and values of a single head.
    #expect(!task.model.parameters.contains { $0.layer == "position" })
    #expect(!task.model.parameters.contains { $0.layer == "norm" && $0.name == "bias" })
    #expect(task.model.parameters.first { $0.layer == "block1.qkv" }?.shape == [8, 16])
    try compare(task.model, task.batches(3).batch(step: 1), weights)
    var tiled = Policy.fp64
    tiled.rule.attentionTile = 3
    try compare(task.model, task.batches(3).batch(step: 1), weights, tiled)
  }

  @Test("Likewise in a transformer with dropout and in a memory of two layers")
  func languageModels() throws {
    let text = try Fixture.text()
    let tasks: [TrainingTask] = [
      .transformer(text, batch: 2, context: 4, width: 6, blocks: 2, heads: 2, dropout: 0.25),
      .lstm(text, batch: 2, context: 4, embedding: 3, units: 3, layers: 2),
    ]
    for task in tasks {
      // Ten times the usual deviation, so that attention is far from uniform.
      let scale = task.modelName == "transformer" ? 10.0 : 1
      let weights = zip(task.model.parameters, Fixture.weights(task.model)).map {
        parameter, values in
        parameter.layer.contains("norm") ? values.map { $0 + 0.125 } : values.map { $0 * scale }
      }
      try compare(task.model, task.batches(3).batch(step: 1), weights)
      guard task.modelName == "transformer" else { continue }
      var tiled = Policy.fp64
      tiled.rule.attentionTile = 3
      try compare(task.model, task.batches(3).batch(step: 1), weights, tiled)
    }
  }

  private func compare(
    _ model: any Model, _ batch: Minibatch, _ weights: [[Double]], _ policy: Policy = .fp64
  ) throws {
    let twin = Fixture.twin(policy, model)
    let gradients = twin.gradients(batch, from: weights)
    let h = 0x1p-17
    for (position, parameter) in model.parameters.enumerated() {
      let tag = TensorTag(
        layer: parameter.layer, operation: parameter.name, kind: .weightGradient)
      let gradient = try #require(gradients[tag])
      #expect(gradient.count == weights[position].count)
      for i in gradient.indices {
        func loss(_ shift: Double) -> Double {
          var moved = weights
          moved[position][i] += shift
          return twin.loss(batch, from: moved)
        }
        let difference = (loss(h) - loss(-h)) / (2 * h)
        // h²/6 of the third derivative and 2^-53/h of the loss: both below 10^-9.
        guard (difference - gradient[i]).magnitude >= 2e-9 else { continue }
        Issue.record("\(tag) [\(i)] \(difference) \(gradient[i])")
      }
    }
  }

  @Test("The loss a twin computes in FP64 is the cross-entropy of its logits")
  func lossOfLogits() throws {
    let (model, batch) = try Fixture.model()
    let twin = Fixture.twin(.fp64, model)
    let step = twin.probe(
      batch, step: 1, from: twin.state, threads: 1, observer: nil
    ).step
    #expect((step.loss - step.exactLoss).magnitude < 1e-14)
    // Two classes with logits 0 and ln 3: probabilities 1/4 and 3/4.
    var tape = Tape(.fp64, StepContext())
    let logits = tape.input(Fixture.tensor([0, Elementary.log(3)]).reshaped([1, 2]))
    let loss = tape.crossEntropy(logits, [0])
    #expect((tape.value(loss).doubles[0] - Elementary.log(4)).magnitude < 1e-15)
  }

  @Test("Narrow policies err by their unit roundoff, not by more than a hundred times it")
  func roundoff() throws {
    let (model, batch) = try Fixture.model()
    let weights = Fixture.weights(model)
    func gradients(_ policy: Policy) -> [Double] {
      let twin = Fixture.twin(policy, model)
      let scale = policy.lossScaling.map { Double($0.initial) } ?? 1
      let gradients = twin.gradients(batch, from: weights)
      return model.parameters.flatMap { parameter in
        let tag = TensorTag(
          layer: parameter.layer, operation: parameter.name, kind: .weightGradient)
        return (gradients[tag] ?? []).map { $0 / scale }
      }
    }
    let exact = gradients(.fp64)
    let roundoffs: [(Policy, Double)] = [
      (.fp32, 0x1p-24), (.tf32, 0x1p-11), (.fp16AMP, 0x1p-11), (.bf16AMP, 0x1p-8),
      (.fp16O2, 0x1p-11), (.fp16Pure, 0x1p-11), (.bf16Pure, 0x1p-8), (.fp8Hybrid, 0x1p-4),
      (.fp16Strict, 0x1p-11), (.bf16Strict, 0x1p-8),
    ]
    for (policy, roundoff) in roundoffs {
      let result = gradients(policy)
      let error = zip(result, exact).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      let norm = exact.reduce(0) { $0 + $1 * $1 }
      let relative = (error / norm).squareRoot()
      #expect(relative > roundoff / 10 && relative < roundoff * 10, "\(policy.name) \(relative)")
    }
  }
}
