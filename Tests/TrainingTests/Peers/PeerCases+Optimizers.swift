// SPDX-License-Identifier: Apache-2.0
import SoftFloat
import TestSupport

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Randomness
@testable import Twins

extension PeerCase {
  /// The steps of a parameter.
  private static let stepCount = 20

  /// The weights after each of some steps of torch's optimizers, from random weights and gradients.
  static func steps(_ precision: Precision) -> [PeerCase] {
    // 2^-7 is a number of BF16.
    let plain = Optimizer(.sgd, learningRate: 0x1p-7)
    var momentum = plain
    momentum.momentum = 0.9
    momentum.weightDecay = 0x1p-5
    var adam = Optimizer(.adam)
    adam.weightDecay = 0x1p-5
    let adamW = Optimizer(.adamw)
    var short = adamW
    short.beta1 = 0.25
    short.learningRate = 0.01
    let all = [
      ("sgd", plain), ("sgd-momentum", momentum), ("adam", adam), ("adamw", adamW),
      ("adamw-beta", short),
    ]
    return all.map { steps($0, $1, precision, count: 1000) } + decimalSteps(precision)
  }

  /// Steps whose constants no narrow format represents. A thousand weights would leave some for the
  /// end of torch's loop, where its code for single numbers rounds a product before it adds.
  private static func decimalSteps(_ precision: Precision) -> [PeerCase] {
    let decimal = Optimizer(.sgd, learningRate: 0.01)
    var decayed = decimal
    decayed.momentum = 0.9
    decayed.weightDecay = 0.02
    var adam = Optimizer(.adam)
    adam.weightDecay = 0.02
    adam.epsilon = 1e-6
    var adamW = Optimizer(.adamw)
    adamW.weightDecay = 0.02
    adamW.epsilon = 1e-6
    let all = [
      ("sgd-decimal", decimal), ("sgd-decay", decayed), ("adam-decay", adam),
      ("adamw-epsilon", adamW),
    ]
    return all.map { steps($0, $1, precision, count: 1024) }
      + [steps("sgd-compute", decimal, precision, count: 1024) { $0.hyperparameters = .compute }]
  }

  private static func steps(
    _ name: String, _ optimizer: Optimizer, _ precision: Precision, count: Int,
    _ change: (inout OptimizerRule) -> Void = { _ in }
  ) -> PeerCase {
    let stream = RandomStream(seed: 6, purpose: .weights)
    func normal(_ row: Int) -> [Float] {
      let context = StepContext()
      let values = (0..<count).map { Float(stream.normal(UInt64(row * count + $0))) }
      return tensor(values, as: precision, context).doubles.map { Float($0) }
    }
    let weights = normal(0)
    let gradients = (1...stepCount).map(normal)
    let policies = presets(storing: precision).filter { policy in
      // Presets that torch.optim has no equal of.
      policy.optimizer.update == .nearest && policy.optimizer.compute == .fp32
    }
    let steps = PeerSteps(optimizer: optimizer, weights: weights, gradients: gradients)
    return PeerCase(
      name: "\(name) \(precision)", inputs: [weights] + gradients,
      results: policies.map { policy in
        var rule = policy.optimizer
        change(&rule)
        return (policy.name, run(rule.compute) { $0.steps(steps, rule, precision) })
      })
  }

  /// The scale after each step of torch's scaler, from found infinities: 600 random steps, then as
  /// many infinities as bring it to zero; it grows every third step. And one whose factors no FP32
  /// number is.
  static var scales: [PeerCase] {
    var draw = Draw(seed: 7)
    let found = (0..<600).map { _ in draw.below(9) == 0 ? Float(1) : 0 }
    let trace = found + [Float](repeating: 0, count: 400) + [Float](repeating: 1, count: 300)
    var rule = LossScaling.torch
    rule.interval = 3
    var decimal = rule
    decimal.initial = 12345.678
    decimal.growth = 1.1
    decimal.backoff = 0.7
    return [("scaler", rule, trace), ("scaler-decimal", decimal, found)].map { name, rule, trace in
      var scaler = LossScaler(rule)
      let scales = trace.map { found in
        scaler.update(overflowed: found != 0)
        return scaler.scale
      }
      return PeerCase(name: "\(name) fp32", inputs: [trace], results: [("torch", scales)])
    }
  }
}
