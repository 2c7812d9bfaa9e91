// SPDX-License-Identifier: Apache-2.0

/// What a training step costs under a policy.
package struct PolicyCost: Codable, Sendable, Hashable {
  /// The policy.
  package var policy: String
  /// The cost.
  package var cost: CostCount

  /// A policy's cost.
  package init(policy: String, cost: CostCount) {
    self.policy = policy
    self.cost = cost
  }
}

/// What policies would save beside FP32 on a machine.
package struct Savings: Codable, Sendable, Hashable {
  /// The machine of time and energy.
  package var machine: String
  /// Where the model's numbers come from, in sentences.
  package var sources: [String]
  /// The costs, FP32's first.
  package var policies: [PolicyCost]

  /// The savings.
  package init(machine: String, sources: [String], policies: [PolicyCost]) {
    self.machine = machine
    self.sources = sources
    self.policies = policies
  }
}
