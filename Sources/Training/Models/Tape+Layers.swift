// SPDX-License-Identifier: Apache-2.0

/// The layers as models write them: each takes its parameters from the tape by the layer's name.
extension Tape {
  mutating func linear(_ x: Index, _ layer: String, bias: Bool = true) -> Index {
    let weight = parameter(layer, "weight")
    let inputs = bias ? [x, weight, parameter(layer, "bias")] : [x, weight]
    return apply(Linear(), to: inputs, layer: layer)
  }

  mutating func embedding(_ tokens: [Int], shape: [Int], _ layer: String) -> Index {
    apply(
      Embedding(tokens: tokens, shape: shape), to: [parameter(layer, "weight")], layer: layer)
  }

  mutating func activation(
    _ function: ActivationFunction, _ x: Index, _ layer: String
  ) -> Index {
    apply(Activation(function: function), to: [x], layer: layer)
  }

  mutating func crossEntropy(_ logits: Index, _ targets: [Int]) -> Index {
    apply(SoftmaxCrossEntropy(targets: targets), to: [logits], layer: "loss")
  }
}

extension Parameter {
  /// Weight (I, O) and bias (O) of a linear layer with torch's default distribution.
  static func linear(
    _ layer: String, _ inputs: Int, _ outputs: Int, bias: Bool = true
  ) -> [Parameter] {
    let bound = 1 / Double(inputs).squareRoot()
    let weight = Parameter(
      layer: layer, name: "weight", shape: [inputs, outputs], initial: .uniform(bound: bound))
    let shift = Parameter(
      layer: layer, name: "bias", shape: [outputs], initial: .uniform(bound: bound))
    return bias ? [weight, shift] : [weight]
  }
}
