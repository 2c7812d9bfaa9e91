// SPDX-License-Identifier: Apache-2.0

/// What a training step costs on a machine, modelled from its operations.
package struct StepCost: Sendable, Hashable {
  /// The seconds of a roofline: the sum over the operations of the longer of arithmetic at the peak
  /// and bytes at the bandwidth; nil where the machine has no peak for a product.
  package var seconds: Double?
  /// The energy of arithmetic and memory accesses in J; nil where the table has no row for an
  /// operation.
  package var joules: Double?
  /// The bytes that are read and written.
  package var traffic: Double
  /// Multiplications with their additions.
  package var multiplyAdds: Double
  /// The kinds of arithmetic of products for which the machine has no peak.
  package var withoutPeak: Set<ArithmeticKind>
  /// The kinds for which the table of energies has no row.
  package var withoutEnergy: Set<ArithmeticKind>

  /// The cost of a step's operations.
  package init(_ operations: [OperationCost], on machine: Machine, energy table: EnergyTable) {
    var (seconds, joules): (Double?, Double?) = (0, 0)
    (traffic, multiplyAdds, withoutPeak, withoutEnergy) = (0, 0, [], [])
    for operation in operations {
      traffic += operation.bytes
      multiplyAdds += operation.multiplyAdds
      let moving = operation.bytes / machine.bandwidth
      if let peak = operation.operands.flatMap({ machine.peaks[$0] }) {
        seconds = seconds.map { $0 + max(2 * operation.multiplyAdds / peak, moving) }
      } else if operation.isProduct {
        seconds = nil
        if let kind = operation.operands { withoutPeak.insert(kind) }
      } else {
        seconds = seconds.map { $0 + moving }
      }
      let pair = (operation.operands, operation.sums)
      if case (let operands?, let sums?) = pair,
        let each = table.multiplyAdd(operands, sum: sums)
      {
        let moved = operation.bytes * table.picojoulesPerByte
        joules = joules.map { $0 + (operation.multiplyAdds * each + moved) * 1e-12 }
      } else {
        joules = nil
        for kind in [operation.operands, operation.sums].compactMap(\.self)
        where table.rows[kind] == nil { withoutEnergy.insert(kind) }
      }
    }
    self.seconds = seconds
    self.joules = joules
  }
}
