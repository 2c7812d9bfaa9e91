// SPDX-License-Identifier: Apache-2.0
import Datasets
import Formats
import Measurements
import Models
import Network
import Policies
import Testing
import Twins

@testable import Reports

@Suite struct BiasVerdictTests {
  @Test("A policy that rounds toward zero or stochastically with few bits is called biased")
  func biasedPolicies() throws {
    func policy(_ rounding: Rounding) -> Policy {
      var policy = Policy.bf16AMP
      policy.name = "\(rounding)"
      policy.rule.rounding = rounding
      policy.classes = policy.classes.mapValues { rule in
        var rule = rule
        rule.rounding = rounding
        return rule
      }
      return policy
    }
    let run = try TrainedFixture.run(
      [.fp16AMP, .bf16Pure, .fp8Hybrid]
        + [.towardZero, .stochastic(bits: 2, seed: 0), .stochastic(bits: 32, seed: 0)].map(policy),
      steps: 3)
    let outcomes = PolicyOutcome.all(run)
    let biased = outcomes.filter(\.isBiased)
    #expect(biased.map(\.policy) == ["toward-zero", "stochastic:2:0"], "\(outcomes.map(\.bias))")
    #expect(try #require(biased.first?.bias.magnitude) < -0.4)
    // A quarter of an ulp is cut off before it can round up.
    #expect(abs(try #require(biased.last?.bias.magnitude) + 0.125) < 0.05)
  }
}
