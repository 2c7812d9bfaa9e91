// SPDX-License-Identifier: Apache-2.0

/// The layers as models write them: each takes its parameters from the tape by the layer's name.
extension Tape {
  package mutating func linear(_ x: Index, _ layer: String, bias: Bool = true) -> Index {
    let weight = parameter(layer, "weight")
    let inputs = bias ? [x, weight, parameter(layer, "bias")] : [x, weight]
    return apply(Linear(), to: inputs, layer: layer)
  }

  package mutating func embedding(_ tokens: [Int], shape: [Int], _ layer: String) -> Index {
    apply(
      Embedding(tokens: tokens, shape: shape), to: [parameter(layer, "weight")], layer: layer)
  }

  package mutating func activation(
    _ function: ActivationFunction, _ x: Index, _ layer: String
  ) -> Index {
    apply(Activation(function: function), to: [x], layer: layer)
  }

  package mutating func normalization(
    _ kind: Normalization, _ x: Index, _ layer: String, epsilon: Double
  ) -> Index {
    let weight = parameter(layer, "weight")
    return switch kind {
    case .layer:
      apply(
        LayerNormalization(epsilon: epsilon), to: [x, weight, parameter(layer, "bias")],
        layer: layer)
    case .rms: apply(RMSNormalization(epsilon: epsilon), to: [x, weight], layer: layer)
    }
  }

  package mutating func add(_ a: Index, _ b: Index, _ layer: String) -> Index {
    apply(Add(), to: [a, b], layer: layer)
  }

  /// The value itself outside training, or where nothing is dropped.
  package mutating func dropout(_ x: Index, _ probability: Double, _ layer: String) -> Index {
    guard isTraining, probability > 0 else { return x }
    return apply(
      Dropout(probability: probability, random: context.nextDropout()), to: [x], layer: layer)
  }

  /// Queries and keys, `heads` together, turned by their positions.
  package mutating func rotary(_ qkv: Index, heads: Int, size: Int, _ layer: String) -> Index {
    apply(RotaryPositions(heads: heads, size: size), to: [qkv], layer: layer)
  }

  /// Keys and values of `groups` heads repeated for those of the queries.
  package mutating func repeated(_ qkv: Index, heads: Int, groups: Int, _ layer: String) -> Index {
    apply(RepeatedHeads(heads: heads, groups: groups), to: [qkv], layer: layer)
  }

  package mutating func attention(_ qkv: Index, heads: Int, _ layer: String) -> Index {
    guard let tile = policy.rule(.attention, layer: layer).attentionTile else {
      return apply(Attention(heads: heads), to: [qkv], layer: layer)
    }
    return apply(TiledAttention(heads: heads, tile: tile), to: [qkv], layer: layer)
  }

  package mutating func lstm(_ x: Index, _ layer: String) -> Index {
    let parameters = ["weight", "recurrent", "bias"].map { parameter(layer, $0) }
    return apply(LSTM(), to: [x] + parameters, layer: layer)
  }

  package mutating func crossEntropy(
    _ logits: Index, _ targets: [Int], smoothing: Double = 0
  ) -> Index {
    apply(
      SoftmaxCrossEntropy(targets: targets, smoothing: smoothing), to: [logits],
      layer: Self.lossLayer)
  }

  package mutating func dice(_ logits: Index, _ targets: [Int]) -> Index {
    apply(DiceLoss(targets: targets), to: [logits], layer: Self.lossLayer)
  }

  package mutating func binaryCrossEntropy(_ logits: Index, _ targets: [Double]) -> Index {
    apply(BinaryCrossEntropy(targets: targets), to: [logits], layer: Self.lossLayer)
  }

  package mutating func meanSquaredError(_ values: Index, _ targets: [Double], weight: Double)
    -> Index
  {
    apply(
      MeanSquaredError(targets: targets, weight: weight), to: [values], layer: Self.lossLayer)
  }

  package mutating func selection(
    _ x: Index, rows: [Int], columns: Range<Int>, _ layer: String
  ) -> Index {
    apply(Selection(rows: rows, columns: columns), to: [x], layer: layer)
  }
}

extension Parameter {
  /// Weight and bias (D) of a normalization; that by the root mean square has no bias.
  package static func normalization(
    _ layer: String, _ size: Int, _ kind: Normalization = .layer
  ) -> [Parameter] {
    let weight = Parameter(layer: layer, name: "weight", shape: [size], initial: .constant(1))
    let bias = Parameter(layer: layer, name: "bias", shape: [size], initial: .constant(0))
    return kind == .layer ? [weight, bias] : [weight]
  }

  /// Weight (I, O) and bias (O) of a linear layer with torch's default distribution.
  package static func linear(
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
