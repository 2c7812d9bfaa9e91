// SPDX-License-Identifier: Apache-2.0
import Policies
import Twins

/// What a tuner may choose: a level for each operation of each layer that has a choice, and where that
/// is searched, too, for the weights and the moments that the optimizer keeps.
package struct TuningSpace: Sendable {
  /// What has a choice: operations in the order of the forward pass, then what the optimizer keeps.
  package let sites: [TuningSite]
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

  /// The choices of a model's layers; what a policy has beside them, optimizer and loss scaling, are
  /// those of `base`.
  ///
  /// - Parameter searchesKept: whether the formats of kept weights and moments are chosen, too, and
  ///   not those of `base`.
  package init(
    _ experiment: TwinExperiment, base: Policy, levels: [TuningLevel], searchesKept: Bool = false
  ) {
    let ordered = TuningLevel.allCases.filter(levels.contains)
    var sites = experiment.task.operations.filter { Self.tuned.contains($0.operation) }
      .map { TuningSite($0) }
    if searchesKept {
      sites += TuningSite.kept.filter { $0.kind == .weights || experiment.optimizer.hasMoments }
    }
    let choices = sites.map { site in ordered.filter(site.takes) }
    self.sites = zip(sites, choices).filter { !$1.isEmpty }.map(\.0)
    self.levels = choices.filter { !$0.isEmpty }
    self.base = base
  }

  /// The policy with a level for each site.
  package func policy(_ choice: [TuningLevel]) -> Policy {
    let full = TuningLevel.fp32.rule
    var (layers, weights, optimizer) = ([LayerRule](), base.weights, base.optimizer)
    for (site, level) in zip(sites, choice) {
      switch site.kind {
      case .operation(let operation):
        layers.append(LayerRule(pattern: site.layer, operation: operation, rule: level.rule))
      case .weights: weights = level.kept
      case .state: optimizer.state = level.kept
      }
    }
    // Weights that lose nothing of FP32's sums are rounded to nearest.
    if weights == .fp32 { optimizer.update = .nearest }
    if optimizer.state == .fp32 { optimizer.stateRounding = .nearestEven }
    let scales =
      weights == .fp16
      || zip(sites, choice).contains { !$0.isKept && $1 == .fp16 }
    var policy = Policy(
      name: Self.policyName, rule: OperationRule(),
      classes: [.upsampling: full, .loss: full], layers: layers, weights: weights,
      optimizer: optimizer, lossScaling: scales ? base.lossScaling ?? .torch : nil)
    (policy.clipping, policy.averages) = (base.clipping, base.averages)
    return policy
  }

  /// Every operation at a level, or at the nearest more precise one that it can have, or otherwise at
  /// its most precise; what the optimizer keeps as `base` does, or at the most precise.
  package func uniform(_ level: TuningLevel) -> [TuningLevel] {
    let wider = TuningLevel.allCases.prefix { $0 != level } + [level]
    return zip(sites, levels).map { site, own in
      switch site.kind {
      case .operation: own.last(where: wider.contains) ?? own[0]
      case .weights: own.first { $0.kept == base.weights } ?? own[0]
      case .state: own.first { $0.kept == base.optimizer.state } ?? own[0]
      }
    }
  }
}
