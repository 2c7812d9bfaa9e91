// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Testing

@testable import Network
@testable import Policies
@testable import StepAnalysis
@testable import Twins

@Suite("Who is to blame, in a first look")
struct BlamerTests {
  private func blame(_ policy: Policy, _ optimizer: Optimizer = Optimizer(.adamw)) throws
    -> PolicyBlame
  {
    let experiment = try Fixture.transformer([policy], optimizer: optimizer)
    var last: ReferenceRun.Start?
    _ = experiment.run(onEnd: { last = $0 })
    let found = Blamer(experiment, last: last).blames(
      of: [policy.name], after: experiment.steps, scales: [:]
    ) { _ in true }
    // The same without the step that the run left: it is trained once more.
    let again = Blamer(experiment, last: nil).blames(
      of: [policy.name], after: experiment.steps, scales: [:]
    ) { _ in true }
    // NaN is no number to compare.
    func texts(_ blames: [PolicyBlame]) -> [String] { blames.map { "\($0)" } }
    #expect(texts(found) == texts(again))
    return try #require(found.first)
  }

  @Test("The shares of a first look are those of the full attribution, taken together")
  func together() throws {
    let optimizer = Optimizer(.sgd, learningRate: 0.1)
    for policy in [Policy.fp16Pure, .bf16AMP, .fp8Hybrid] {
      let blame = try blame(policy, optimizer)
      #expect(blame.steps.count == 2 && blame.cures.isEmpty)
      for step in blame.steps {
        let quantity = try #require(AttributedQuantity(rawValue: step.quantity))
        let full = Attributor(
          try Fixture.transformer([policy], optimizer: optimizer), steps: [4], quantity: quantity
        ).run { _, _ in true }
        let whole = try #require(full.steps.first)
        #expect(step.squaredError == whole.squaredError)
        #expect(
          (step.sources.reduce(0) { $0 + $1.share } - 1).magnitude
            < 1e-12 + step.unattributed / step.squaredError)
        let first = try #require(step.sources.first)
        let same = try #require(whole.sources.first { $0.source == first.source })
        // What acts together with sources that are taken together is shared otherwise.
        #expect((first.share - same.share).magnitude < 0.05, "\(policy.name) \(first) \(same)")
        #expect((first.removed - same.removed).magnitude < 1e-9)
      }
    }
  }

  @Test("A policy broken in one layer: the layer is named, and repairing it removes what is said")
  func layer() throws {
    var policy = Policy.fp16AMP
    policy.name = "broken"
    policy.lossScaling = .fixed(1024)
    policy.layers = [
      LayerRule(
        pattern: "block1.contract", operation: .product,
        rule: OperationRule(
          operands: .fp16, accumulation: Accumulation(.bf16, .productThenSum), output: .fp16))
    ]
    let blame = try blame(policy, Optimizer(.sgd, learningRate: 0.1))
    let place = try #require(blame.place)
    #expect(place.layer == "block1.contract" && ["sums", "gradientSums"].contains(place.source))
    let first = try #require(blame.leading?.sources.first)
    // The planted layer has all of the BF16 sums, so that they are gone with it.
    #expect(first.source == place.source && first.removed > 0.1)
    #expect((place.removed - first.removed).magnitude < 0.05, "\(place) \(first)")
  }

  @Test("Updates that are infinite for ε = 10^-8 in FP16: the true cause is named, and cures them")
  func infinite() throws {
    var policy = Policy.fp32
    policy.name = "broken"
    policy.optimizer.state = .fp16
    let blame = try blame(policy, Optimizer(.adam, learningRate: 0.001))
    #expect(blame.steps.first?.error == nil)
    let causes = blame.cures.map(\.source)
    #expect(causes.first == RoundingSource.optimizerState.rawValue, "\(blame.cures)")
    #expect(causes.allSatisfy { ["optimizerState", "constants"].contains($0) }, "\(causes)")
    #expect(try #require(blame.cures.first).error < 0.01)
  }

  @Test("Policies whose roundings cannot be switched off are said to be, with the reason")
  func omissions() throws {
    var workers = Policy.fp16AMP
    workers.workers = DataParallelism(count: 2)
    #expect(Blamer.omission(workers) == "it has simulated workers")
    #expect(Blamer.omission(.fp64) == "it is a reference")
    #expect(Blamer.omission(.bf16SR) == nil)
    var random = Policy.fp16AMP
    random.rule.rounding = .stochastic(bits: 8, seed: 1)
    random.classes[.product]?.rounding = .stochastic(bits: 8, seed: 1)
    #expect(Blamer.omission(random) == "it rounds its passes at random")
  }
}
