// SPDX-License-Identifier: Apache-2.0
import Measurements
import Network

/// The reference's tensors of a step by their tags; the reference has no loss scale.
package struct ReferenceStep: Sendable {
  private var tensors: [TensorTag: Tensor] = [:]
  /// Which elements of gradients are zero but for rounding.
  var zeroGradients: [ZeroGradient] = []
  /// The magnitudes of the gradients.
  private var magnitudes: [TensorTag: MagnitudeCounts] = [:]
  /// The weights before the step.
  private var weights: [TensorTag: Tensor] = [:]

  /// Keeps a tensor.
  mutating func add(_ tensor: ObservedTensor) { tensors[tensor.tag] = tensor.tensor }

  /// Keeps the magnitudes of a gradient.
  mutating func add(_ counts: MagnitudeCounts, of tag: TensorTag) { magnitudes[tag] = counts }

  /// Keeps the weights that the step starts from.
  mutating func add(weights: [Tensor], of parameters: [Parameter]) {
    for (parameter, weight) in zip(parameters, weights) {
      self.weights[
        TensorTag(layer: parameter.layer, operation: parameter.name, kind: .weight)] = weight
    }
  }

  /// A tensor, nil where the step was not measured or has no such tensor.
  package func tensor(_ tag: TensorTag) -> Tensor? { tensors[tag] }

  /// Which elements of a tensor are, or belong to parameters whose gradients are, zero but for
  /// rounding; nil for none.
  package func zeros(of tag: TensorTag) -> ZeroGradient? { zeroGradients.first { $0.isOf(tag) } }

  /// The magnitudes of the gradient that another twin's is compared with.
  func magnitudes(_ tensor: ObservedTensor) -> MagnitudeCounts? { magnitudes[tensor.tag] }

  /// What another twin's tensor is compared with: its namesake, or what a cast rounded.
  package func tensor(_ tensor: ObservedTensor) -> Tensor? {
    guard let source = tensor.source else { return tensors[tensor.tag] }
    return source.kind == .weight ? weights[source] : tensors[source]
  }
}
