// SPDX-License-Identifier: Apache-2.0
import Costs
import Measurements
import Network
import Policies
import Twins

/// What a training step costs under a policy: its bytes by shapes and formats, its time and energy
/// by the model of a machine.
package struct PolicyCosts: Sendable {
  /// The machine.
  package let machine: Machine
  /// The energies of operations.
  package let energies: EnergyTable

  /// The model.
  package init(machine: Machine, energies: EnergyTable = .nm7) {
    self.machine = machine
    self.energies = energies
  }

  /// The cost of a step's work.
  package func cost(_ work: StepWork) -> CostCount {
    let cost = StepCost(work.operations.map(\.cost), on: machine, energy: energies)
    var count = CostCount(memory: work.memory)
    count.seconds = cost.seconds
    count.joules = cost.joules
    count.traffic = cost.traffic
    count.multiplyAdds = cost.multiplyAdds
    count.withoutPeak = cost.withoutPeak.map(\.rawValue).sorted()
    count.withoutEnergy = cost.withoutEnergy.map(\.rawValue).sorted()
    return count
  }
}

extension OperationWork {
  /// What it asks of a machine. A product of two formats is the wider one's.
  package var cost: OperationCost {
    let kinds = operands.map(\.arithmeticKind)
    let order: [ArithmeticKind] = [.fp64, .fp32, .tf32, .fp16, .bf16, .fp8, .fp4]
    let widest = kinds.contains(nil) ? nil : order.first { kinds.contains($0) }
    return OperationCost(
      layer: layer, multiplyAdds: Double(multiplyAdds), operands: widest,
      sums: sums.arithmeticKind, bytes: Double(bytes), isProduct: isProduct)
  }
}
