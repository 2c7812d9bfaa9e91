// SPDX-License-Identifier: Apache-2.0
import Measurements
import SoftFloat
import Testing

@testable import Training

@Suite struct GradientTests {
  @Test(
    "Every weight's FP64 gradient is the central difference of the loss",
    arguments: ActivationFunction.allCases)
  func finiteDifferences(_ activation: ActivationFunction) throws {
    let (model, batch) = try Fixture.model(activation)
    let weights = Fixture.weights(model)
    let twin = makeTwin(.fp64, model, .sgd(learningRate: 0.1), weights: weights)
    let step = twin.probe(batch, from: weights, threads: 1)
    let h = 0x1p-17
    for (position, parameter) in model.parameters.enumerated() {
      let tag = TensorTag(
        layer: parameter.layer, operation: parameter.name, kind: .weightGradient)
      let gradient = try #require(step.tensors.first { $0.tag == tag }).values
      #expect(gradient.count == weights[position].count)
      for i in gradient.indices {
        func loss(_ shift: Double) -> Double {
          var moved = weights
          moved[position][i] += shift
          return twin.probe(batch, from: moved, threads: 1).loss
        }
        let difference = (loss(h) - loss(-h)) / (2 * h)
        // h²/6 of the third derivative and 2^-53/h of the loss: both below 10^-9.
        #expect(
          (difference - gradient[i]).magnitude < 2e-9, "\(tag) [\(i)] \(difference) \(gradient[i])")
      }
    }
  }

  @Test("The loss a twin computes in FP64 is the cross-entropy of its logits")
  func lossOfLogits() throws {
    let (model, batch) = try Fixture.model()
    let twin = makeTwin(.fp64, model, .sgd(learningRate: 0.1), weights: Fixture.weights(model))
    let step = twin.probe(batch, from: Fixture.weights(model), threads: 1)
    #expect((step.loss - step.exactLoss).magnitude < 1e-14)
    // Two classes with logits 0 and ln 3: probabilities 1/4 and 3/4.
    let loss = exactCrossEntropy([0, Elementary.log(3)], targets: [0])
    #expect((loss - Elementary.log(4)).magnitude < 1e-15)
  }

  @Test("Narrow policies err by their unit roundoff, not by more than a hundred times it")
  func roundoff() throws {
    let (model, batch) = try Fixture.model()
    let weights = Fixture.weights(model)
    func gradients(_ policy: Policy) -> [Double] {
      makeTwin(policy, model, .sgd(learningRate: 0.1), weights: weights)
        .probe(batch, from: weights, threads: 1).tensors
        .filter { $0.tag.kind == .weightGradient }
        .flatMap { tensor in tensor.values.map { $0 * tensor.scale } }
    }
    let exact = gradients(.fp64)
    let roundoffs: [(Policy, Double)] = [
      (.fp32, 0x1p-24), (.fp16AMP, 0x1p-11), (.bf16AMP, 0x1p-8), (.fp16Pure, 0x1p-11),
    ]
    for (policy, roundoff) in roundoffs {
      let result = gradients(policy)
      let error = zip(result, exact).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      let norm = exact.reduce(0) { $0 + $1 * $1 }
      let relative = (error / norm).squareRoot()
      #expect(relative > roundoff / 100 && relative < roundoff * 100, "\(policy.name) \(relative)")
    }
  }
}
