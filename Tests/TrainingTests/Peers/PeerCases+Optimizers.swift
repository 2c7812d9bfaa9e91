// SPDX-License-Identifier: Apache-2.0
import SoftFloat
import TestSupport

@testable import Training

extension PeerCase {
  /// The steps of a parameter.
  private static let stepCount = 20

  /// The weights after each of some steps of torch's optimizers, from random weights and gradients.
  static func steps(_ precision: Precision) -> [PeerCase] {
    let stream = RandomStream(seed: 6, purpose: .weights)
    let count = 1000
    func normal(_ row: Int) -> [Float] {
      let context = StepContext()
      let values = (0..<count).map { Float(stream.normal(UInt64(row * count + $0))) }
      return tensor(values, as: precision, context).doubles.map { Float($0) }
    }
    let weights = normal(0)
    let gradients = (1...stepCount).map(normal)
    // 2^-7 is a number of BF16: torch's CPU code rounds the rate of an addition to the tensors' format.
    var plain = Optimizer(.sgd, learningRate: 0x1p-7)
    var momentum = plain
    momentum.momentum = 0.9
    momentum.weightDecay = 0x1p-5
    var adam = Optimizer(.adam)
    adam.weightDecay = 0x1p-5
    let adamW = Optimizer(.adamw)
    var short = adamW
    short.beta1 = 0.25
    short.learningRate = 0.01
    var decimal = plain
    decimal.learningRate = 0.01
    plain.weightDecay = 0
    let all = [
      ("sgd", plain), ("sgd-momentum", momentum), ("adam", adam), ("adamw", adamW),
      ("adamw-beta", short), ("sgd-decimal", decimal),
    ]
    let policies = presets(storing: precision).filter { policy in
      // Presets that torch.optim has no equal of.
      policy.optimizer.update == .nearest && policy.optimizer.compute == .fp32
    }
    return all.map { name, optimizer in
      let steps = PeerSteps(optimizer: optimizer, weights: weights, gradients: gradients)
      return PeerCase(
        name: "\(name) \(precision)", inputs: [weights] + gradients,
        results: policies.map { policy in
          let rule = policy.optimizer
          return (policy.name, run(rule.compute) { $0.steps(steps, rule, precision) })
        })
    }
  }

  /// The scale after each step of torch's scaler, from found infinities: 600 random steps, then as many
  /// infinities as bring it to zero; it grows every third step.
  static var scales: PeerCase {
    var draw = Draw(seed: 7)
    let found = (0..<600).map { _ in draw.below(9) == 0 ? Float(1) : 0 }
    let trace = found + [Float](repeating: 0, count: 400) + [Float](repeating: 1, count: 300)
    var rule = LossScaling.torch
    rule.interval = 3
    var scaler = LossScaler(rule)
    let scales = trace.map { found in
      scaler.update(overflowed: found != 0)
      return scaler.scale
    }
    return PeerCase(name: "scaler fp32", inputs: [trace], results: [("torch", scales)])
  }
}
