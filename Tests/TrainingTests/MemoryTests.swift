// SPDX-License-Identifier: Apache-2.0
import Measurements
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

/// The memory of a step against a count by hand.
@Suite struct MemoryTests {
  @Test(
    "A tiny MLP needs its weights, gradients and what backward reads; the peak is below twice that")
  func tinyPerceptron() throws {
    let text = try Fixture.text()
    let vocabulary = text.vocabulary.count
    let weights = vocabulary * 3 + (12 * 8 + 8) + (8 * 6 + 6) + (6 * vocabulary + vocabulary)
    for (method, states, batch) in [(Optimizer.Method.sgd, 0, 5), (.adamw, 2, 5), (.sgd, 0, 64)] {
      let task = TrainingTask.mlp(text, batch: batch, context: 4, embedding: 3, hidden: [8, 6])
      // The inputs of three linear layers and of two activations, and the logits.
      let values = batch * (12 + 8 + 8 + 6 + 6 + vocabulary)
      let twin = SoloTwin(task, .fp32, Optimizer(method))
      twin.advance()
      let peak = twin.peakTensorBytes
      let needed =
        ((1 + states) * weights + max(values, weights)) * MemoryLayout<Float>.size
      #expect(twin.neededTensorBytes == needed)
      #expect(needed <= peak && peak <= 2 * needed, "\(peak) of \(needed) bytes")
    }
  }

  @Test("A transformer keeps what its backward pass reads, and no sum that only a sum reads")
  func transformer() throws {
    let text = try Fixture.text(context: 32)
    let task = try #require(
      TrainingTask.language("transformer", text, TrainingTask.Sizes(), activation: .gelu))
    let run = TwinExperiment(
      task: task, policies: [.fp32], optimizer: Optimizer(.adamw), steps: 1, evaluates: false
    ).run()
    // Of a token in a block: the input, mean, deviation and output of two normalizations, queries,
    // keys and values, four rows of attention, its output, and GELU's input and output.
    let (width, context) = (64, 32)
    let block = 2 * (2 * width + 2) + 3 * width + 4 * context + width + 2 * 4 * width
    let token = 2 * block + (2 * width + 2) + text.vocabulary.count
    let memory = try #require(run.policies[0].memory)
    #expect(memory.activations == 16 * context * token * MemoryLayout<Float>.size)
    #expect(memory.optimizer == 2 * memory.weights && memory.copies == 0)
    #expect(memory.averages == nil)
  }

  @Test("Moving averages of weights are counted in their own format, two bytes a weight in BF16")
  func averages() throws {
    let task = TrainingTask.mlp(
      try Fixture.text(), batch: 4, context: 4, embedding: 3, hidden: [8])
    var policy = Policy.fp32
    policy.name = "averaged"
    policy.averages = WeightAverages(decay: 0.9, format: .bf16)
    let run = TwinExperiment(
      task: task, policies: [.fp32, policy], optimizer: Optimizer(.sgd), steps: 1,
      evaluates: false
    ).run()
    let plain = try #require(run.policies[0].memory)
    let averaged = try #require(run.policies[1].memory)
    #expect(averaged.averages == 2 * averaged.parameters && averaged.weights == plain.weights)
    #expect(averaged.total == plain.total + 2 * averaged.parameters)
    let more = try #require(averaged.perParameter)
    #expect(try more == #require(plain.perParameter) + 2)
  }
}
