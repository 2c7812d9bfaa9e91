// SPDX-License-Identifier: Apache-2.0

/// What a training step costs: bytes by shapes and formats, time and energy as a machine's model
/// has them.
package struct CostCount: Codable, Sendable, Hashable {
  /// The bytes that the step needs.
  package var memory: MemoryCount
  /// All of them.
  package var bytes: Int
  /// The modelled seconds; nil where the machine has no peak for a product.
  package var seconds: Double?
  /// The modelled energy in J; nil where no table has the arithmetic.
  package var joules: Double?
  /// The bytes that the operations read and write.
  package var traffic = 0.0
  /// Multiplications with their additions.
  package var multiplyAdds = 0.0
  /// The kinds of arithmetic for which the machine has no peak.
  package var withoutPeak: [String] = []
  /// The kinds of which the table of energies has no row.
  package var withoutEnergy: [String] = []

  /// The cost of a step by its bytes alone.
  package init(memory: MemoryCount) {
    self.memory = memory
    bytes = memory.total
  }
}
