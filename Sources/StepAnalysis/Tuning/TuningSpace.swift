// SPDX-License-Identifier: Apache-2.0
import Policies
import Twins

/// What a tuner may choose: a level for each operation of each layer that has a choice.
package struct TuningSpace: Sendable {
  /// The operations with a choice, in the order of the forward pass.
  package let sites: [LayerOperation]
  /// The levels of each, the most precise first.
  package var levels: [[TuningLevel]]
  private let base: Policy

  /// The name of the policies that are tried.
  package static let policyName = "tuned"

  /// The classes of operations whose formats are chosen; all others follow their inputs, but for
  /// losses and upsampling, which are FP32's as torch has them.
  private static let tuned: Set<OperationClass> = [
    .product, .convolution, .attention, .layerNormalization, .batchNormalization, .embedding,
  ]

  /// The choices of a model's layers; what a policy keeps beside them, weights, optimizer and loss
  /// scaling, are those of `base`.
  package init(_ experiment: TwinExperiment, base: Policy, levels: [TuningLevel]) {
    let ordered = TuningLevel.allCases.filter(levels.contains)
    let sites = experiment.task.operations.filter { Self.tuned.contains($0.operation) }
    let choices = sites.map { site in ordered.filter { $0.serves(site.operation) } }
    self.sites = zip(sites, choices).filter { !$1.isEmpty }.map(\.0)
    self.levels = choices.filter { !$0.isEmpty }
    self.base = base
  }

  /// The policy with a level for each site.
  package func policy(_ choice: [TuningLevel]) -> Policy {
    let full = TuningLevel.fp32.rule
    let layers = zip(sites, choice).map {
      LayerRule(pattern: $0.layer, operation: $0.operation, rule: $1.rule)
    }
    let scales = choice.contains(.fp16) || base.weights == .fp16
    var policy = Policy(
      name: Self.policyName, rule: OperationRule(),
      classes: [.upsampling: full, .loss: full], layers: layers, weights: base.weights,
      optimizer: base.optimizer, lossScaling: scales ? base.lossScaling ?? .torch : nil)
    (policy.clipping, policy.averages) = (base.clipping, base.averages)
    return policy
  }

  /// Every site at a level, or at the nearest more precise one that it can have, or otherwise at
  /// its most precise.
  package func uniform(_ level: TuningLevel) -> [TuningLevel] {
    let wider = TuningLevel.allCases.prefix { $0 != level } + [level]
    return levels.map { own in own.last(where: wider.contains) ?? own[0] }
  }
}
