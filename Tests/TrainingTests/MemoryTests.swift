// SPDX-License-Identifier: Apache-2.0
import Measurements
import Testing

@testable import Training

/// The memory of a step against a count by hand.
@Suite struct MemoryTests {
  @Test(
    "A tiny MLP needs its weights, gradients and what backward reads; the peak is below twice that")
  func tinyPerceptron() throws {
    let text = try Fixture.text()
    let task = TrainingTask.mlp(text, batch: 5, context: 4, embedding: 3, hidden: [8, 6])
    let vocabulary = text.vocabulary.count
    let weights = vocabulary * 3 + (12 * 8 + 8) + (8 * 6 + 6) + (6 * vocabulary + vocabulary)
    // The inputs of three linear layers and of two activations, and the logits.
    let values = 5 * (12 + 8 + 8 + 6 + 6 + vocabulary)
    for (method, states) in [(Optimizer.Method.sgd, 0), (.adamw, 2)] {
      let twin = SoloTwin(task, .fp32, Optimizer(method))
      twin.advance()
      let peak = twin.peakTensorBytes
      let needed = ((2 + states) * weights + values) * MemoryLayout<Float>.size
      #expect(twin.neededTensorBytes == needed)
      #expect(needed <= peak && peak <= 2 * needed, "\(peak) of \(needed) bytes")
    }
  }
}
