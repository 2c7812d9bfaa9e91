// SPDX-License-Identifier: Apache-2.0
import Measurements
import SoftFloat
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

/// What of a weight decay arrives in the weights, by hand-made numbers.
@Suite struct WeightDecayTests {
  private func decay(
    _ optimizer: Optimizer, weights: Precision, gradients: Precision, rate: Double,
    gradient: Double = 0.25
  ) -> WeightDecay? {
    let context = StepContext(isMeasuring: true)
    let rule = OptimizerRule(compute: .fp32, state: .fp32)
    func tensor(_ precision: Precision, _ values: [Double]) -> Tensor {
      Kernel<Float>.tensor([values.count], as: precision, context) { values[$0] }
    }
    var state = OptimizerState()
    let w = [1, -1.5, 0.75, 0, -3]
    let step = state.advance(
      optimizer, rule, StepScalars(learningRate: rate, correction1: 1, correction2: 1),
      weights: tensor(weights, w),
      gradient: tensor(gradients, w.map { _ in gradient }), StepKernels<Float>(rule, context))
    return step.weightDecay
  }

  @Test("RN((1 - 0.0015) w) = w in BF16, whose numbers are 2^-8 of themselves apart; not in FP32")
  func decoupled() throws {
    var optimizer = Optimizer(.adamw)
    optimizer.weightDecay = 1
    let narrow = try #require(decay(optimizer, weights: .bf16, gradients: .bf16, rate: 0.0015))
    #expect(narrow.nonzero == 4 && narrow.stuck == 4)
    #expect(narrow.mass == 6.25 && narrow.taken == 0)
    #expect((narrow.asked - 6.25 * 0.0015).magnitude < 1e-15)
    let kept = try #require(narrow.keptShare)
    #expect((kept - 0.0015).magnitude < 1e-15)
    let wide = try #require(decay(optimizer, weights: .fp32, gradients: .fp32, rate: 0.0015))
    #expect(wide.stuck == 0 && (wide.taken / wide.asked - 1).magnitude < 1e-4)
    // 2^-8 of 1 and of 0.75 x 2 is more than half of the 2^-8 below 1, and of the 2^-7 around 1.5.
    let large = try #require(decay(optimizer, weights: .bf16, gradients: .bf16, rate: 0x1p-8))
    #expect(large.stuck == 0 && large.taken > 0)
  }

  @Test("SGD's decay is swamped by the gradient it is added to; Adam's has no share of a weight")
  func coupled() throws {
    var optimizer = Optimizer(.sgd)
    optimizer.weightDecay = 1e-4
    optimizer.momentum = 0.75
    let narrow = try #require(decay(optimizer, weights: .bf16, gradients: .bf16, rate: 0.5))
    #expect(narrow.nonzero == 4 && narrow.stuck == 4 && narrow.taken == 0)
    // The buffer adds up each gradient four times.
    let kept = try #require(narrow.keptShare)
    let share = 4 * 0.5 * 1e-4
    #expect((kept / share - 1).magnitude < 1e-12)
    let wide = try #require(decay(optimizer, weights: .bf16, gradients: .fp32, rate: 0.5))
    #expect(wide.stuck == 0 && (wide.taken / wide.asked - 1).magnitude < 1e-3)
    // The sign is the weight's, not the gradient's.
    let other = try #require(
      decay(optimizer, weights: .bf16, gradients: .fp32, rate: 0.5, gradient: -0.25))
    #expect((other.taken / other.asked - 1).magnitude < 1e-3)
    var adam = Optimizer(.adam)
    adam.weightDecay = 1e-4
    #expect(decay(adam, weights: .fp32, gradients: .fp32, rate: 0.5) == nil)
  }
}
