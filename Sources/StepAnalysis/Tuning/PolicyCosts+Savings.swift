// SPDX-License-Identifier: Apache-2.0
import Measurements
import Policies
import Twins

extension PolicyCosts {
  /// What an experiment's policies cost beside FP32, which stands first; those that simulate
  /// several workers or take a batch in parts are left out, and so are references.
  ///
  /// - Parameter sources: where the numbers of the model come from.
  package func savings(_ experiment: TwinExperiment, sources: [String]) -> Savings {
    let others = experiment.policies.filter { policy in
      policy != .fp32 && policy.held == .fp32 && policy.workers == nil && policy.microBatches == nil
    }
    return Savings(
      machine: machine.name, sources: sources,
      policies: ([.fp32] + others).map {
        PolicyCost(policy: $0.name, cost: cost(experiment.work(of: $0)))
      })
  }
}
