// SPDX-License-Identifier: Apache-2.0
import Measurements
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Randomness
@testable import Twins

/// Sums of reductions in a format and an order of their own.
@Suite struct ReductionTests {
  private func kernel(_ reduction: ReductionRule?) -> Kernel<Float> {
    var rule = OperationRule()
    rule.reduction = reduction
    return Kernel(rule: rule, context: StepContext())
  }

  @Test("Ones added in sequence stick at 2048 in FP16 and at 256 in BF16; by twos they do not")
  func ones() {
    func sum(_ reduction: ReductionRule?, _ count: Int = 5000, _ one: Float = 1) -> Float {
      kernel(reduction).sum(count) { _ in one }
    }
    #expect(sum(nil) == 5000)
    #expect(sum(.init(.fp16, order: .sequential)) == 2048)
    #expect(sum(.init(.bf16, order: .sequential)) == 256)
    #expect(sum(.init(.fp32, order: .sequential)) == 5000)
    #expect(sum(.init(.fp16, order: .pairwise), 4096) == 4096)
    #expect(sum(.init(.bf16, order: .interleaved), 4096) == 4096)
    // A softmax of 512 equal terms in BF16: 256 of them reach 1/2, where 1/512 is half an ulp.
    #expect(sum(.init(.bf16, order: .sequential), 512, 1 / 512) == 0.5)
    #expect(sum(.init(.fp16, order: .pairwise), 0) == 0)
  }

  @Test("FP32 partial sums, interleaved, are the arithmetic's own sum")
  func own() {
    let random = RandomStream(seed: 4, purpose: .weights)
    let values = (0..<1003).map { Float(random.normal(UInt64($0))) }
    for count in [0, 1, 15, 16, 17, 1003] {
      let expected = kernel(nil).sum(count) { values[$0] }
      #expect(kernel(.init(.fp32)).sum(count) { values[$0] } == expected, "\(count)")
    }
  }

  @Test("A policy's reductions alone change its losses and gradients, in every model of text")
  func policies() throws {
    let text = try Fixture.text()
    var narrow = Policy.fp32
    narrow.name = "bf16-sums"
    narrow.rule.reduction = ReductionRule(.bf16, order: .sequential)
    for task in [
      TrainingTask.mlp(text, batch: 4, context: 4, embedding: 4, hidden: [8]),
      .transformer(text, batch: 4, context: 4, width: 8, blocks: 1, heads: 2),
    ] {
      let run = TwinExperiment(
        task: task, policies: [.fp32, narrow], optimizer: Optimizer(.sgd), steps: 2, localEvery: 1
      ).run()
      let errors = run.policies.map { $0.steps[0].localGradients?.relativeL2 ?? 0 }
      #expect(errors[0] < 1e-5 && errors[1] > 1e-4 && errors[1] < 0.2, "\(errors)")
    }
  }
}
