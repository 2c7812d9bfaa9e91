// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

@Suite struct OptimizerTests {
  private let context = StepContext()

  /// Steps of one parameter under a rule, from a weight and the gradient of each step.
  private func run<N: Number>(
    _: N.Type, _ optimizer: Optimizer, _ rule: OptimizerRule, weights: [Double],
    gradients: [[Double]], as precision: Precision
  ) -> (weights: [Double], last: ParameterStep) {
    let kernels = StepKernels<N>(rule, context)
    var state = OptimizerState()
    func tensor(_ values: [Double]) -> Tensor {
      Kernel<N>.tensor([values.count], as: precision, context) { values[$0] }
    }
    var step = ParameterStep(
      base: tensor(weights), update: tensor(weights), weights: tensor(weights))
    var (power1, power2) = (1.0, 1.0)
    for gradient in gradients {
      power1 *= optimizer.beta1
      power2 *= optimizer.beta2
      let scalars = StepScalars(
        learningRate: optimizer.learningRate, correction1: 1 - power1,
        correction2: (1 - power2).squareRoot())
      step = state.advance(
        optimizer, rule, scalars, weights: step.weights, gradient: tensor(gradient), kernels)
    }
    return (step.weights.doubles, step)
  }

  private let exact = OptimizerRule(compute: .fp64, state: .fp64)

  @Test("AdamW's first step moves each weight by lr against the sign of its gradient")
  func adamWFirstStep() {
    let (_, step) = run(
      Double.self, Optimizer(.adamw), exact, weights: [1, -2, 0.5], gradients: [[0.3, -4, 0]],
      as: .fp64)
    #expect(step.base.doubles == [1, -2, 0.5].map { $0 * (1 - 1e-5) })
    let update = step.update.doubles
    #expect((update[0] + 1e-3).magnitude < 1e-10)
    #expect((update[1] - 1e-3).magnitude < 1e-10)
    #expect(update[2] == 0)
  }

  @Test(
    "Adam and AdamW in FP64 follow their definitions over many steps", arguments: [true, false])
  func adamDefinition(_ isDecoupled: Bool) {
    var optimizer = Optimizer(isDecoupled ? .adamw : .adam, learningRate: 0.01)
    optimizer.weightDecay = 0.02
    var (w, m, v) = (0.7, 0.0, 0.0)
    let gradients = (1...50).map { sin(Double($0)) + 0.2 }
    for (index, plain) in gradients.enumerated() {
      let t = Double(index + 1)
      let g = isDecoupled ? plain : plain + 0.02 * w
      m = 0.9 * m + 0.1 * g
      v = 0.999 * v + 0.001 * g * g
      let (mHat, vHat) = (m / (1 - pow(0.9, t)), v / (1 - pow(0.999, t)))
      if isDecoupled { w -= 0.01 * 0.02 * w }
      w -= 0.01 * mHat / (vHat.squareRoot() + 1e-8)
      // Adam's decay reads the weight of its own step: one at a time.
      let ours = run(
        Double.self, optimizer, exact, weights: [0.7],
        gradients: gradients[...index].map { [$0] }, as: .fp64)
      #expect((ours.weights[0] - w).magnitude < 1e-12)
    }
  }

  @Test("Momentum: b = g, then b = μ b + g")
  func momentum() {
    var optimizer = Optimizer(.sgd, learningRate: 0.5)
    optimizer.momentum = 0.75
    let (weights, _) = run(
      Double.self, optimizer, exact, weights: [1], gradients: [[1], [0.5], [-2]], as: .fp64)
    let b = [1, 0.75 + 0.5, 0.75 * 1.25 - 2]
    #expect(weights == [1 - 0.5 * b[0] - 0.5 * b[1] - 0.5 * b[2]])
  }

  @Test("In FP16 AdamW's epsilon is zero: a zero gradient at the first step makes a NaN")
  func adamWInBinary16() {
    let (_, step) = run(
      Narrow16.self, Optimizer(.adamw), OptimizerRule(compute: .fp16, state: .fp16),
      weights: [1, 1], gradients: [[0, 0.5]], as: .fp16)
    let update = step.update.doubles
    #expect(update[0].isNaN && update[1].isFinite)
  }

  @Test("A β₂ of BF16 is 1 and no update finite; a rate of 0.01 is rounded as its rule says")
  func narrowHyperparameters() {
    var optimizer = HyperparameterRounding.format(.bf16).rounded(Optimizer(.adam))
    #expect(optimizer.beta2 == 1 && optimizer.beta1 == 0.8984375 && optimizer.epsilon != 1e-8)
    let (_, step) = run(
      Float.self, optimizer, OptimizerRule(compute: .fp32, state: .fp32), weights: [1],
      gradients: [[0.5]], as: .fp32)
    #expect(!step.update.doubles[0].isFinite)
    // RN(0.01) of BF16 is 0.010009765625: torch's rate, unless all constants are the arithmetic's.
    func end(_ rounding: HyperparameterRounding) -> Double {
      run(
        Float.self, Optimizer(.sgd, learningRate: 0.01),
        OptimizerRule(compute: .fp32, state: .bf16, update: .kahan, hyperparameters: rounding),
        weights: [0], gradients: [[-1]], as: .bf16
      ).last.update.doubles[0]
    }
    #expect(end(.torch) == 0.010009765625 && end(.compute) == Double(Float(0.01)))
    optimizer = HyperparameterRounding.format(.fp16).rounded(Optimizer(.adam))
    #expect(optimizer.epsilon == 0 && optimizer.beta2 == 0.9990234375)
  }

  @Test("Updates of a quarter ulp are lost to nearest, and arrive by Kahan's sum")
  func kahan() {
    // An ulp of BF16 at 1 is 2^-7 above and 2^-8 below; a gradient of -2^-9 is a quarter above.
    let gradients = [[Double]](repeating: [-0x1p-9], count: 64)
    let optimizer = Optimizer(.sgd, learningRate: 1)
    func end(_ update: WeightUpdate) -> Double {
      run(
        Float.self, optimizer, OptimizerRule(compute: .fp32, state: .bf16, update: update),
        weights: [1], gradients: gradients, as: .bf16
      ).weights[0]
    }
    #expect(end(.nearest) == 1)
    #expect(end(.kahan) == 1 + 64 * 0x1p-9)
  }

  @Test("Schedules: warm-up in a line, cosine through a half at the middle, linear to the end")
  func schedules() {
    let cosine = Schedule(warmup: 10, decay: .cosine)
    #expect(cosine.factor(step: 5, of: 110) == 0.5)
    #expect(cosine.factor(step: 11, of: 110) == 1)
    #expect((cosine.factor(step: 61, of: 110) - 0.5).magnitude < 1e-15)
    for step in 11...110 {
      let expected = 0.5 * (1 + cos(.pi * Double(step - 11) / 100))
      #expect((cosine.factor(step: step, of: 110) - expected).magnitude < 1e-14)
    }
    let linear = Schedule(warmup: 0, decay: .linear)
    #expect(linear.factor(step: 1, of: 4) == 1 && linear.factor(step: 4, of: 4) == 0.25)
    #expect(Schedule.constant.factor(step: 9, of: 10) == 1)
  }

  @Test("Clipping scales all gradients to the norm together, and leaves small ones alone")
  func clipping() throws {
    func update(_ limit: Double?) throws -> [Double] {
      let (model, batch) = try Fixture.model()
      let weights = Fixture.weights(model)
      var optimizer = Optimizer(.sgd, learningRate: 1)
      optimizer.clipNorm = limit
      var updates: [Double] = []
      _ = Twin(.fp64, model, optimizer, weights: weights).advance(
        batch, step: 1, threads: 1,
        observer: StepObserver(
          tensor: { _ in }, update: { updates += $0.update.tensor.doubles }))
      return updates
    }
    func norm(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    let free = try update(nil)
    #expect(try update(1e9) == free)
    let clipped = try update(0.01)
    #expect((norm(clipped) - 0.01).magnitude < 1e-7 && norm(free) > 0.1)
    let ratio = norm(clipped) / norm(free)
    #expect(zip(clipped, free).allSatisfy { ($0 - $1 * ratio).magnitude <= 1e-12 * $0.magnitude })
  }
}
