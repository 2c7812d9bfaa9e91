// SPDX-License-Identifier: Apache-2.0
import Measurements
import SoftFloat
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

/// The optimizer's state: how it is rounded, what its decay does, and that it is measured.
@Suite struct MomentTests {
  private static let count = 64

  /// The second moment after each of some steps of AdamW, a mean over weights of equal gradients,
  /// and what the decays did.
  private func secondMoments(
    _ rule: OptimizerRule, gradients: [Double]
  ) -> (means: [Double], decay: MomentDecay) {
    let context = StepContext(isMeasuring: true)
    let kernels = StepKernels<Float>(rule, context)
    func tensor(_ value: Double) -> Tensor {
      Kernel<Float>.tensor([Self.count], as: .fp32, context) { _ in value }
    }
    var state = OptimizerState()
    var weights = tensor(0)
    var decay = MomentDecay()
    let means = gradients.map { gradient in
      let step = state.advance(
        Optimizer(.adamw), rule,
        StepScalars(learningRate: 0, correction1: 1, correction2: 1), weights: weights,
        gradient: tensor(gradient), kernels)
      weights = step.weights
      if let counts = step.moments[1].decay { decay.merge(counts) }
      return step.moments[1].moment.doubles.reduce(0, +) / Double(Self.count)
    }
    return (means, decay)
  }

  @Test("RN(0.999 v) = v in BF16: the moment stays where FP32 and stochastic rounding fall")
  func decay() {
    // v after 200 gradients of 1 and 2000 of 0 is (1 - 0.999^200) 0.999^2000.
    let gradients = [Double](repeating: 1, count: 200) + [Double](repeating: 0, count: 2000)
    var (expected, power) = (0.0, 1.0)
    for gradient in gradients {
      expected = 0.999 * expected + 0.001 * gradient
      power *= 0.999
    }
    let wide = secondMoments(OptimizerRule(compute: .fp32, state: .fp32), gradients: gradients)
    #expect((wide.means[2199] / expected - 1).magnitude < 1e-3)
    #expect(wide.decay.stuck == 0 && wide.decay.nonzero == Self.count * 2199)

    let narrow = secondMoments(OptimizerRule(compute: .fp32, state: .bf16), gradients: gradients)
    #expect(narrow.means[2199] == narrow.means[199] && narrow.means[199] > 0.1)
    #expect(narrow.decay.stuck > narrow.decay.nonzero * 9 / 10)

    let random = secondMoments(
      OptimizerRule(
        compute: .fp32, state: .bf16, stateRounding: .stochastic(bits: 16, seed: 0)),
      gradients: gradients)
    // Each decay rounds by 2^-8 or so of v: 2000 of them, and 64 weights, leave some percent.
    #expect((random.means[2199] / expected - 1).magnitude < 0.1)
    #expect(random.decay.stuck == 0)

    let down = secondMoments(
      OptimizerRule(compute: .fp32, state: .bf16, stateRounding: .towardZero),
      gradients: gradients)
    #expect(down.means[2199] < expected / 4 && down.decay.stuck == 0)
  }

  @Test("Moments are measured, local and along the trajectory, and measuring changes no weight")
  func measured() throws {
    var random = Policy.bf16Pure
    random.name = "random-state"
    random.optimizer.stateRounding = .stochastic(bits: 16, seed: 0)
    let policies = [Policy.fp32, .bf16Pure, random]
    let optimizer = Optimizer(.adamw)
    let run = try Fixture.experiment(policies, steps: 6, optimizer: optimizer).run()
    for (policy, name) in zip(run.policies, policies.map(\.name)) {
      for mode in ComparisonMode.allCases {
        for kind in [TensorKind.firstMoment, .secondMoment] {
          let series = policy.tensors.filter { $0.mode == mode && $0.tag.kind == kind }
          let updates = policy.tensors.filter { $0.mode == mode && $0.tag.kind == .update }
          #expect(series.count == updates.count)
          let last = try #require(series.last?.points.last)
          let error = try #require(last.deviation.relativeL2)
          #expect(name == "fp32" ? error < 1e-4 : error > 1e-4 && error < 1, "\(name) \(kind)")
        }
      }
      let stuck = try #require(policy.steps.last?.state?.decay?.stuckRate)
      #expect(name == "bf16-pure" ? stuck > 0.9 : stuck < 0.01, "\(name) \(stuck)")
      #expect(policy.steps[5].state?.secondMoments?.normRatio != nil)
    }
    var seldom = try Fixture.experiment(policies, steps: 6, optimizer: optimizer, localEvery: 0)
    seldom.measureEvery = 6
    let other = seldom.run()
    for (a, b) in zip(run.policies, other.policies) {
      #expect(a.steps.map(\.loss) == b.steps.map(\.loss), "\(a.policy.name)")
    }
    // SGD has a first moment where it has momentum, and none otherwise.
    var momentum = Optimizer(.sgd)
    for (decay, count) in [(0.0, 0), (0.9, 1)] {
      momentum.momentum = decay
      let run = try Fixture.experiment([.bf16Pure], steps: 2, optimizer: momentum).run()
      let kinds = Set(run.policies[0].tensors.map(\.tag.kind)).filter(\.isMoment)
      #expect(kinds.count == count && !kinds.contains(.secondMoment))
    }
  }
}
