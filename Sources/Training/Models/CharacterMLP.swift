// SPDX-License-Identifier: Apache-2.0

/// A language model over characters: the embeddings of the last T characters side by side, hidden
/// layers, and one logit for each character that may follow.
public struct CharacterMLP: Codable, Sendable, Hashable {
  /// V, the number of distinct characters.
  public var vocabulary: Int
  /// T, the number of characters that predict the next one.
  public var context: Int
  /// D, the dimension of a character's embedding.
  public var embedding: Int
  /// The widths of the hidden layers.
  public var hidden: [Int]
  /// The nonlinearity after each hidden layer.
  public var activation: ActivationFunction

  /// The model.
  public init(
    vocabulary: Int, context: Int = 16, embedding: Int = 16, hidden: [Int] = [128, 128],
    activation: ActivationFunction = .gelu
  ) {
    self.vocabulary = vocabulary
    self.context = context
    self.embedding = embedding
    self.hidden = hidden
    self.activation = activation
  }

  /// The name on the command line.
  public static let name = "mlp"

  /// The model in words.
  public var architecture: String {
    let widths = hidden.map(String.init).joined(separator: ", ")
    return "context \(context), embedding \(embedding), hidden \(widths), \(activation.rawValue), "
      + "vocabulary \(vocabulary)"
  }

  /// A parameter: where it belongs, its shape, and half the width of its initial distribution.
  struct Parameter: Sendable {
    var layer: String
    var name: String
    var rows: Int
    var columns: Int
    var bound: Double
  }

  /// A layer that is a product with a bias: its name and sizes.
  private var linearLayers: [(name: String, inputs: Int, outputs: Int)] {
    let widths = [context * embedding] + hidden
    let inner = hidden.indices.map { ("hidden\($0 + 1)", widths[$0], widths[$0 + 1]) }
    return inner + [("output", widths[hidden.count], vocabulary)]
  }

  /// The parameters in the order in which they are stored and drawn.
  var parameters: [Parameter] {
    // Uniform with variance 1 for the embedding and torch's default for a linear layer.
    let table = Parameter(
      layer: "embedding", name: "weight", rows: vocabulary, columns: embedding,
      bound: 3.0.squareRoot())
    return [table]
      + linearLayers.flatMap { layer in
        let bound = 1 / Double(layer.inputs).squareRoot()
        return [
          Parameter(
            layer: layer.name, name: "weight", rows: layer.inputs, columns: layer.outputs,
            bound: bound),
          Parameter(layer: layer.name, name: "bias", rows: 1, columns: layer.outputs, bound: bound),
        ]
      }
  }

  /// The number of weights.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.rows * $1.columns } }

  /// The initial weights of a seed: drawn in FP64 and rounded to FP32 once, so that every twin, the
  /// reference included, starts from the same numbers. A twin whose weights are narrower rounds
  /// them once more: that is its policy.
  func initialWeights(seed: UInt64) -> [[Double]] {
    let random = RandomStream(seed: seed, purpose: .weights)
    var index: UInt64 = 0
    return parameters.map { parameter in
      (0..<parameter.rows * parameter.columns).map { _ in
        defer { index += 1 }
        return Double(Float(random.symmetric(index) * parameter.bound))
      }
    }
  }

  /// The tape of a batch's forward pass, and where parameters, logits and loss are on it.
  struct Pass<A: TrainingArithmetic> {
    var tape: Tape<A>
    var parameters: [Tape<A>.Index] = []
    var logits: Tape<A>.Index
    var loss: Tape<A>.Index
  }

  /// The forward pass: embedding, hidden layers, output layer, loss.
  func forward<A: TrainingArithmetic>(
    _ weights: [Tensor<A.Scalar>], _ batch: Batch, _ engine: Engine<A>
  ) -> Pass<A> {
    var tape = Tape(engine)
    let leaves = zip(parameters, weights).map {
      tape.parameter($1, layer: $0.layer, name: $0.name)
    }
    let operands = engine.policy.operands
    var x = tape.apply(
      Embedding(tokens: batch.tokens, batch: batch.size), to: [leaves[0]], layer: "embedding")
    for (number, layer) in linearLayers.enumerated() {
      // Autocast casts the input and each weight once, before the product.
      func cast(_ value: Tape<A>.Index, _ name: String) -> Tape<A>.Index {
        tape.apply(Cast(precision: operands, operation: name), to: [value], layer: layer.name)
      }
      let input = cast(x, "input-cast")
      let weight = cast(leaves[1 + 2 * number], "weight-cast")
      let bias = cast(leaves[2 + 2 * number], "bias-cast")
      let product = tape.apply(MatMul(), to: [input, weight], layer: layer.name)
      x = tape.apply(Bias(), to: [product, bias], layer: layer.name)
      if number < hidden.count {
        x = tape.apply(Activation(function: activation), to: [x], layer: layer.name)
      }
    }
    let loss = tape.apply(SoftmaxCrossEntropy(targets: batch.targets), to: [x], layer: "loss")
    return Pass(tape: tape, parameters: leaves, logits: x, loss: loss)
  }
}
