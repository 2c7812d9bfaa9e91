// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Randomness
@testable import Twins

@Suite struct AttentionTests {
  @Test("Two heads over three positions, by the definition")
  func definition() {
    let (batch, context, heads, size) = (2, 3, 2, 2)
    let values = (0..<batch * context * 3 * heads * size).map { sin(Double($0) * 1.7) }
    let context0 = StepContext()
    let kernel = Kernel<Double>(rule: Policy.fp64.rule, context: context0)
    let x = Kernel<Double>.tensor([batch, context, 3 * heads * size], as: .fp64, context0) {
      values[$0]
    }
    let result = Attention(heads: heads).forward([x], kernel).output
    #expect(result.shape == [batch, context, heads * size])
    func part(_ which: Int, _ b: Int, _ t: Int, _ h: Int, _ i: Int) -> Double {
      values[(b * context + t) * 3 * heads * size + which * heads * size + h * size + i]
    }
    for b in 0..<batch {
      for h in 0..<heads {
        for t in 0..<context {
          let scores = (0...t).map { s in
            (0..<size).reduce(0) { $0 + part(0, b, t, h, $1) * part(1, b, s, h, $1) }
              / 2.0.squareRoot()
          }
          let total = scores.reduce(0) { $0 + exp($1) }
          for i in 0..<size {
            let expected = (0...t).reduce(0) { $0 + exp(scores[$1]) / total * part(2, b, $1, h, i) }
            let ours = result.doubles[(b * context + t) * heads * size + h * size + i]
            #expect((ours - expected).magnitude < 1e-15)
          }
        }
      }
    }
  }

  @Test("Dropout drops the same values in every arithmetic, about as many as asked for")
  func dropout() {
    let random = RandomStream(seed: 3, purpose: .rounding)
    func zeros<N: Number>(_: N.Type, _ precision: Precision) -> [Bool] {
      let context = StepContext()
      let x = Kernel<N>.tensor([10_000], as: precision, context) { _ in 1 }
      let kernel = Kernel<N>(rule: OperationRule(), context: context)
      let y = Dropout(probability: 0.25, random: random).forward([x], kernel).output.doubles
      #expect(y.allSatisfy { $0 == 0 || ($0 - 4 / 3).magnitude < 0.01 })
      return y.map { $0 == 0 }
    }
    let exact = zeros(Double.self, .fp64)
    #expect(zeros(Narrow16.self, .fp16) == exact && zeros(Float.self, .fp32) == exact)
    // 2500 expected, with a standard deviation of 43.
    #expect((2300...2700).contains(exact.count { $0 }))
  }

  @Test("Models of text train in every preset, on any number of threads alike")
  func presets() throws {
    let text = try Fixture.text()
    let tasks: [TrainingTask] = [
      .transformer(text, batch: 4, context: 4, width: 8, blocks: 1, heads: 2, dropout: 0.1),
      .lstm(text, batch: 4, context: 4, embedding: 4, units: 6),
      .transformer(
        text, batch: 4, context: 4, width: 8, blocks: 1, heads: 2, activation: .silu,
        layers: Fixture.laterLayers),
    ]
    let tiled = Policy.presets.map { policy in
      var policy = policy
      policy.rule.attentionTile = 3
      policy.classes[.attention]?.attentionTile = 3
      return policy
    }
    let runs = [
      (tasks[0], Policy.presets), (tasks[1], Policy.presets), (tasks[0], tiled),
      (tasks[2], Policy.presets),
    ]
    for (task, policies) in runs {
      #expect(policies.allSatisfy { $0.contradictions.isEmpty })
      func run(_ threads: Int) -> [[Double?]] {
        let experiment = TwinExperiment(
          task: task, policies: policies, optimizer: Optimizer(.adamw), steps: 3,
          threads: threads)
        let run = experiment.run()
        return run.policies.map { $0.steps.map(\.exactLoss) }
      }
      let alone = run(1)
      #expect(run(3) == alone)
      // What stays finite: all but the state of AdamW in FP16.
      for (policy, losses) in zip(policies, alone) where policy.optimizer.state != .fp16 {
        #expect(losses.allSatisfy { $0 != nil }, "\(policy.name)")
      }
    }
  }
}
