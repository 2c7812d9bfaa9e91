// SPDX-License-Identifier: Apache-2.0
import Costs
import Testing

@testable import Network
@testable import Policies
@testable import StepAnalysis
@testable import Twins

@Suite("What a step does and holds")
struct StepWorkTests {
  @Test("The bytes and multiplications of a small MLP, counted by hand")
  func countedByHand() throws {
    let vocabulary = try Fixture.text().vocabulary.count
    // Batch 8, 4 characters of 4 numbers, 16 hidden units.
    let hidden = (weights: 16 * 16, bias: 16)
    let output = (weights: 16 * vocabulary, bias: vocabulary)
    let all = 4 * vocabulary + hidden.weights + hidden.bias + output.weights + output.bias
    let products = 8 * hidden.weights + 8 * output.weights
    for (policy, isNarrow) in [(Policy.fp32, false), (.fp16AMP, true)] {
      for (optimizer, states) in [(Optimizer(.sgd), 0), (Optimizer(.adamw), 2)] {
        let experiment = try Fixture.mlp([policy], optimizer: optimizer)
        let work = experiment.work(of: policy)
        let memory = work.memory
        #expect(memory.parameters == all && memory.weights == 4 * all)
        #expect(memory.gradients == 4 * all)
        #expect(memory.optimizer == 4 * states * all)
        // What is read narrower is copied: weights and biases of products.
        #expect(
          memory.copies
            == (isNarrow ? 2 * (hidden.weights + hidden.bias + output.weights + output.bias) : 0))
        // Kept: the input of the hidden layer, that of its gelu, that of the output layer, and the
        // logits, which the loss reads in FP32.
        let size = isNarrow ? 2 : 4
        #expect(memory.activations == size * 3 * 8 * 16 + 4 * 8 * vocabulary)
        // Forward once, backward twice: the gradients of both operands.
        let found = work.operations.filter(\.isProduct)
        #expect(found.reduce(0) { $0 + $1.multiplyAdds } == 3 * products)
        #expect(
          found.allSatisfy { $0.cost.operands == (isNarrow ? .fp16 : .fp32) && $0.sums == .fp32 })
        // The forward product of the hidden layer reads X, W and b and writes Y.
        let forward = found.filter { !$0.isBackward && $0.layer == "hidden1" }
        #expect(forward.map(\.bytes) == [size * (8 * 16 + 16 * 16 + 16 + 8 * 16)])
      }
    }
  }

  @Test("The memory of a step is that of a measured step, for every preset with one process")
  func asMeasured() throws {
    for policy in Policy.presets {
      let experiment = try Fixture.transformer([policy])
      let twin = ReferenceRun(experiment).twin(policy)
      let batch = experiment.task.batches(1).batch(step: 1)
      let measured = twin.probe(
        batch, step: 1, from: twin.state, threads: 1,
        observer: StepObserver(tensor: { _ in }, update: { _ in })
      ).step.memory
      #expect(experiment.work(of: policy).memory == measured, "\(policy.name)")
    }
  }

  @Test("FP8 has half the bytes of BF16 as a product's operands, and no energy")
  func eightBits() throws {
    let costs = PolicyCosts(machine: .h100)
    let experiment = try Fixture.transformer([.fp8Hybrid])
    let cost = costs.cost(experiment.work(of: .fp8Hybrid))
    #expect(cost.joules == nil && cost.withoutEnergy == ["fp8"])
    #expect(cost.seconds != nil)
    let wide = costs.cost(experiment.work(of: .bf16AMP))
    #expect(cost.memory.copies < wide.memory.copies && wide.joules != nil)
  }
}
