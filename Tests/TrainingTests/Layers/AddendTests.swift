// SPDX-License-Identifier: Apache-2.0
import Measurements
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

/// Biases are added, not multiplied: they have a format of their own.
@Suite struct AddendTests {
  /// The format of the copy of a bias that the output layer reads; nil for the bias itself.
  private func copy(_ policy: Policy) throws -> Precision? {
    let (model, batch) = try Fixture.model()
    var found: Precision?
    Fixture.twin(policy, model).advance(
      batch, step: 1, threads: 1,
      observer: StepObserver(
        tensor: {
          guard $0.tag.layer == "output", $0.tag.operation == "bias-cast" else { return }
          found = $0.tensor.precision
          #expect($0.inverseScale == 1, "a scale of its own")
        }, update: { _ in }))
    return found
  }

  @Test("FP8's biases are BF16's and TF32's are FP32's; autocast's have the operands' format")
  func formats() throws {
    #expect(try copy(.fp8Hybrid) == .bf16)
    #expect(try copy(.tf32) == nil)
    #expect(try copy(.fp16AMP) == .fp16)
    #expect(try copy(.bf16AMP) == .bf16)
    #expect(try copy(.fp16O2) == .fp16)
    // Without a format of their own they have the output's.
    var plain = Policy.fp8Hybrid
    plain.classes[.product]?.addends = nil
    #expect(try copy(plain) == .bf16)
    plain.classes[.product]?.addends = .format(.e5m2)
    #expect(try copy(plain) == .format(.e5m2))
  }

  @Test("A bias' gradient sums the gradient that arrives, not its cast to E5M2")
  func gradients() throws {
    let (model, batch) = try Fixture.model()
    var uncast = Policy.fp8Hybrid
    uncast.classes[.product]?.gradients = nil
    let tags = ["bias", "weight"].map {
      TensorTag(layer: "output", operation: $0, kind: .weightGradient)
    }
    let pairs = [Policy.fp8Hybrid, uncast].map { policy in
      Fixture.twin(policy, model).gradients(batch, from: Fixture.weights(model))
    }
    #expect(pairs[0][tags[0]] == pairs[1][tags[0]])
    #expect(pairs[0][tags[1]] != pairs[1][tags[1]])
  }
}
