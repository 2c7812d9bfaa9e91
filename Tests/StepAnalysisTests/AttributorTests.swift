// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import Measurements
import Testing

@testable import Network
@testable import Policies
@testable import StepAnalysis
@testable import Twins

@Suite("Shares of an error by the places that round")
struct AttributorTests {
  private func attribution(
    _ experiment: TwinExperiment, steps: [Int] = [2], scale: Float? = nil
  ) -> Attribution {
    Attributor(experiment, steps: steps, scale: scale).run { _, _ in true }
  }

  @Test("Shapley's values of known games: additive, symmetric, and a mean over all orders")
  func shapley() {
    // Worths that add up: each player's own.
    let own = [3.0, -1, 0.5]
    let additive = (0..<8).map { set in
      own.indices.reduce(0.0) { $0 + (set >> $1 & 1 == 1 ? own[$1] : 0) }
    }
    for (value, expected) in zip(Shapley.values(additive), own) {
      #expect((value - expected).magnitude < 1e-15)
    }
    // Only all together are worth something: equal parts.
    #expect(Shapley.values([0, 0, 0, 0, 0, 0, 0, 6]).allSatisfy { ($0 - 2).magnitude < 1e-15 })
    // By the definition, over all 120 orders of five players.
    let worth = (0..<32).map { set in Double((set * 2_654_435_761 % 97) * (set & 3)) }
    var sums = [Double](repeating: 0, count: 5)
    var orders = 0
    func visit(_ set: Int, _ gains: [Double]) {
      guard set != 31 else {
        orders += 1
        for i in 0..<5 { sums[i] += gains[i] }
        return
      }
      for player in 0..<5 where set >> player & 1 == 0 {
        var gains = gains
        gains[player] = worth[set | 1 << player] - worth[set]
        visit(set | 1 << player, gains)
      }
    }
    visit(0, [0, 0, 0, 0, 0])
    #expect(orders == 120)
    for (value, sum) in zip(Shapley.values(worth), sums) {
      #expect((value - sum / 120).magnitude < 1e-9)
    }
    #expect(Shapley.values([5]).isEmpty)
  }

  @Test("Shares add up to the error of the policy's own step, directions to 1 minus what is left")
  func additivity() throws {
    for policy in [Policy.fp16AMP, .bf16AMP, .fp16Pure, .fp32, .bf16Strict] {
      let step = try #require(
        attribution(try Fixture.transformer([policy])).steps.first)
      let sum = step.sources.reduce(0) { $0 + $1.share }
      #expect((sum - 1 + step.unattributed / step.squaredError).magnitude < 1e-12, "\(policy.name)")
      #expect(step.unattributed <= step.squaredError * 1e-12, "\(policy.name)")
      let directions = step.sources.reduce(0) { $0 + $1.direction }
      let rest = try #require(step.interaction)
      #expect((directions + rest - 1).magnitude < 1e-12)
      let losses = step.sources.compactMap(\.loss).reduce(0, +)
      let lossError = try #require(step.lossError)
      #expect(
        (losses - lossError).magnitude <= lossError.magnitude * 1e-9 + 1e-15, "\(policy.name)")
      #expect(step.coalitions == 1 << step.sources.count)
      #expect(step.sources == step.sources.sorted { $0.share > $1.share })
    }
  }

  @Test(
    "Broken policies: the true cause is named first, and repairing it removes what it was said to")
  func brokenPolicies() throws {
    func changed(_ base: Policy, _ change: (inout Policy) -> Void) -> Policy {
      var policy = base
      policy.name = "broken"
      change(&policy)
      return policy
    }
    let narrowSums = OperationRule(
      operands: .fp16, accumulation: Accumulation(.bf16, .productThenSum), output: .fp16)
    let narrowNorm = OperationRule(operands: .bf16, compute: .bf16)
    let narrowOperands = OperationRule(
      operands: .format(.e4m3), output: .fp32, gradientOutput: .fp32)
    let cases: [(policy: Policy, scale: Float?, causes: Set<RoundingSource>)] = [
      // Sums in BF16 in one layer where FP32 was meant.
      (
        changed(.fp16AMP) {
          $0.layers = [
            LayerRule(pattern: "block1.contract", operation: .product, rule: narrowSums)
          ]
        }, 1024, [.sums, .gradientSums]
      ),
      // Gradients that FP16 holds only under a loss scale, without one.
      (changed(.fp16AMP) { $0.lossScaling = nil }, 0x1p-14, [.gradientRange]),
      // Operands of products in four bits.
      (
        changed(.fp32) { $0.classes[.product] = narrowOperands }, nil,
        [.weightCasts, .activationCasts]
      ),
      // Normalization that rounds each primitive to BF16.
      (
        changed(.fp32) { $0.classes[.layerNormalization] = narrowNorm }, nil,
        [.elementwise, .gradientElementwise]
      ),
      // Gradients of products in three bits.
      (
        changed(.bf16AMP) { $0.classes[.product]?.gradients = .format(.e5m2) }, 1024,
        [.gradientCasts]
      ),
    ]
    for (policy, scale, causes) in cases {
      let experiment = try Fixture.transformer([policy])
      let step = try #require(attribution(experiment, scale: scale).steps.first)
      let first = try #require(step.sources.first)
      let cause = try #require(RoundingSource(rawValue: first.source))
      #expect(causes.contains(cause), "\(causes): \(step.sources)")
      // The repair: the same step with that source in FP64.
      let reference = ReferenceRun(experiment)
      reference.advance()
      let moment = reference.moment()
      var bare = policy
      bare.lossScaling = nil
      let switched = SwitchedStep(reference.twin(bare), moment, scale: scale, threads: 1)
      let repaired = RoundingSwitches(
        RoundingSource.allCases.filter { $0 != cause }.map { .init($0) })
      let gradients = switched.forward(repaired, threads: 1).gradients(repaired)
      let game = AttributionGame.gradients(switched, moment)
      let left = game.error(of: gradients).squares / step.squaredError
      #expect((1 - left - first.removed).magnitude < 1e-12, "\(cause)")
      #expect(first.removed > 0.5, "\(cause): \(first)")
    }
  }

  @Test(
    "Shares of the updates' error add up, and the optimizer's rounding that was planted is first")
  func updates() throws {
    func changed(_ change: (inout Policy) -> Void) -> Policy {
      var policy = Policy.fp32
      policy.name = "broken"
      change(&policy)
      return policy
    }
    var steep = Optimizer(.adam)
    steep.epsilon = 1e-8
    let cases: [(policy: Policy, cause: RoundingSource)] = [
      // Weights without a master copy: updates of a hundredth of an ulp.
      (changed { $0.weights = .bf16 }, .weightUpdates),
      // ε and 1 - β₂ of constants that are BF16 tensors: β₂ = 0.999 is 1.
      (changed { $0.optimizer.hyperparameters = .format(.bf16) }, .constants),
      // Moments in eight bits.
      (changed { $0.optimizer.state = .bf16 }, .optimizerState),
      // An optimizer that computes in BF16.
      (
        changed {
          $0.optimizer.compute = .bf16
          $0.optimizer.state = .bf16
          $0.optimizer.hyperparameters = .compute
        }, .optimizerArithmetic
      ),
    ]
    for (policy, cause) in cases {
      let experiment = try Fixture.transformer([policy], optimizer: steep)
      let found = Attributor(experiment, steps: [3], quantity: .updates).run { _, _ in true }
      let step = try #require(found.steps.first)
      let sum = step.sources.reduce(0) { $0 + $1.share }
      #expect((sum - 1 + step.unattributed / step.squaredError).magnitude < 1e-12)
      let first = try #require(step.sources.first)
      #expect(first.source == cause.rawValue, "\(cause): \(step.sources)")
      #expect(first.removed > 0.5, "\(cause): \(first)")
    }
  }

  @Test("The result is the same bytes on any number of threads")
  func threads() throws {
    func bytes(_ threads: Int) throws -> Data {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return try encoder.encode(
        attribution(try Fixture.transformer([.fp16AMP], threads: threads), steps: [1]))
    }
    let alone = try bytes(1)
    #expect(try bytes(2) == alone && bytes(5) == alone)
  }

  @Test("Work that is asked to end ends, with the steps that were finished")
  func ending() throws {
    let experiment = try Fixture.mlp([.fp16AMP], threads: 2)
    let found = Attributor(experiment, steps: [1, 3]).run { step, _ in step < 3 }
    #expect(found.steps.map(\.step) == [1])
  }
}
