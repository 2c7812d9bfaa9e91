// SPDX-License-Identifier: Apache-2.0

/// The bytes that a policy's training step needs, counted from shapes and formats: what a machine
/// that stores each value in its format would hold, not what the simulation occupies.
package struct MemoryCount: Codable, Sendable, Hashable {
  /// The number of weights.
  package var parameters = 0
  /// The weights that the optimizer keeps.
  package var weights = 0
  /// The copies of weights in a narrower format that operations read.
  package var copies = 0
  /// The gradients of the weights, as the optimizer receives them.
  package var gradients = 0
  /// The optimizer's state, and what weights owe under Kahan's summation.
  package var optimizer = 0
  /// What the backward pass needs of the forward pass: outputs and what operations keep.
  package var activations = 0
  /// The moving averages of the weights; nil where none are kept.
  package var averages: Int?

  /// No bytes.
  package init() {}

  /// All bytes.
  package var total: Int { ofWeights + activations }
  /// The bytes that go with the number of weights.
  private var ofWeights: Int { weights + copies + gradients + optimizer + (averages ?? 0) }
  /// The bytes of a weight, activations left out; nil without weights.
  package var perParameter: Double? {
    parameters == 0
      ? nil : Double(ofWeights) / Double(parameters)
  }
}
