// SPDX-License-Identifier: Apache-2.0
import Measurements

extension Policy {
  /// The policy with a change; nil where it has it already, or where the change means nothing to
  /// it.
  package func changed(by change: PolicyChange) -> Policy? {
    var policy = self
    switch change {
    case .lossScale(let exponent):
      let scale = Float(sign: .plus, exponent: exponent, significand: 1)
      if var rule = lossScaling, rule.interval != nil {
        rule.initial = scale
        policy.lossScaling = rule
      } else {
        policy.lossScaling = .fixed(scale)
      }
    case .masterWeights:
      // Arithmetic that rounds every primitive to a narrow format takes operands of that alone.
      guard weights.isNarrow, !rule.compute.precision.isNarrow else { return nil }
      policy.weights = .fp32
      policy.rule = rule.reading(weights)
      policy.classes = classes.mapValues { $0.reading(weights) }
      policy.layers = layers.map {
        LayerRule(pattern: $0.pattern, operation: $0.operation, rule: $0.rule.reading(weights))
      }
    case .optimizerState:
      guard optimizer.state.isNarrow, !rule.compute.precision.isNarrow else { return nil }
      policy.optimizer.state = .fp32
      policy.optimizer.compute = .fp32
    case .layerFormat(let layer, let format):
      guard let precision = Precision(id: format), precision.format != nil else { return nil }
      policy.layers.append(
        LayerRule(
          pattern: layer, rule: OperationRule(operands: precision, output: precision)))
    }
    return policy == self ? nil : policy
  }
}

extension Precision {
  /// Whether it has fewer than 32 bits.
  fileprivate var isNarrow: Bool { (format?.bitWidth ?? 64) < 32 }
}

extension OperationRule {
  /// The rule with operands cast to a format where they came in the weights', and results in it.
  fileprivate func reading(_ precision: Precision) -> OperationRule {
    var rule = self
    rule.operands = operands ?? precision
    rule.output = output ?? rule.operands
    return rule
  }
}
