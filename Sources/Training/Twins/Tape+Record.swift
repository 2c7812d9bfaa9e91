// SPDX-License-Identifier: Apache-2.0
import Measurements

extension Tape {
  /// The activations and gradients of the tape, forward pass first, each widened to FP64. The loss
  /// is a scalar and has a column of its own.
  func recorded(inverseScale: Double) -> [RecordedTensor] {
    let layers = nodes.filter { $0.layer != "loss" }
    let forward = layers.filter { !$0.isParameter }.map {
      record($0, $0.value, isParameterCopy($0) ? .weight : .activation, scale: 1)
    }
    let backward = layers.reversed().compactMap { node -> RecordedTensor? in
      guard let gradient = node.gradient, !isParameterCopy(node) else { return nil }
      let kind = node.isParameter ? TensorKind.weightGradient : .activationGradient
      return record(node, gradient, kind, scale: inverseScale)
    }
    return forward + backward
  }

  /// Whether a node is the copy of a parameter that a product reads: a weight, although an
  /// operation made it.
  private func isParameterCopy(_ node: Node) -> Bool {
    node.isCast && self.node(node.inputs[0]).isParameter
  }

  private func record(
    _ node: Node, _ tensor: Value, _ kind: TensorKind, scale: Double
  ) -> RecordedTensor {
    let isIdentity =
      switch kind {
      case .activationGradient: node.passesGradientOn
      case .weightGradient: false
      case .activation, .weight, .update:
        node.isCast && node.value.precision == value(node.inputs[0]).precision
      }
    return RecordedTensor(
      tag: TensorTag(layer: node.layer, operation: node.operation, kind: kind),
      rounded: tensor.rounded, range: tensor.range, values: tensor.values.map { A.double($0) },
      scale: scale, isIdentity: isIdentity)
  }
}
