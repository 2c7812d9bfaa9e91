// SPDX-License-Identifier: Apache-2.0
import Costs
import Measurements
import Reports
import StepAnalysis
import Twins

/// Where the numbers of a model of costs come from.
enum CostSources {
  /// What an experiment's policies would save on the machine that reports name.
  static func savings(_ experiment: TwinExperiment) -> Savings {
    let costs = PolicyCosts(machine: .h100)
    return costs.savings(experiment, sources: sentences(costs))
  }

  /// A sentence for each source.
  static func sentences(_ costs: PolicyCosts) -> [String] {
    let (machine, energies) = (costs.machine, costs.energies)
    func cited(_ source: CostSource) -> String {
      source.text + (source.date.map { ", \($0)" } ?? "")
    }
    let peaks = ArithmeticKind.allCases.compactMap { kind in
      machine.peaks[kind].map {
        "\(kind.rawValue) \(ReadableNumber.trimmed($0 / 1e12, digits: 5))"
      }
    }
    return [
      "Peaks of \(machine.name) in TFLOP/s without sparsity: \(peaks.joined(separator: ", ")); "
        + "\(ReadableNumber.trimmed(machine.bandwidth / 1e12, digits: 4)) TB/s. Source: "
        + cited(machine.source) + ".",
      "Energies at \(energies.process): \(cited(energies.source)); 64 bits of memory cost "
        + "\(ReadableNumber.trimmed(energies.memory.lowerBound, digits: 3)) to "
        + "\(ReadableNumber.trimmed(energies.memory.upperBound, digits: 3)) pJ there, and the middle is "
        + "taken. The table has no row for FP8 and TF32: a step with them has no energy here.",
    ]
  }
}
