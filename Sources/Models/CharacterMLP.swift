// SPDX-License-Identifier: Apache-2.0
import Datasets
import Network

/// A language model over characters: the last T characters through an embedding, hidden layers and
/// an output layer, to the logits of the next (Bengio et al., 2003).
struct CharacterMLP: Model, Hashable {
  /// The number of characters that predict the next one.
  var context: Int
  /// The size of a character's vector.
  var embedding: Int
  /// The sizes of the hidden layers.
  var hidden: [Int]
  /// The number of distinct characters.
  var vocabulary: Int
  /// The nonlinearity after each hidden layer.
  var activation: ActivationFunction
  /// The probability of dropping a value after each nonlinearity.
  var dropout = 0.0
  /// The choices that concern the loss.
  var layers: LayerChoices

  /// The model.
  init(
    vocabulary: Int, context: Int = 16, embedding: Int = 16, hidden: [Int] = [128, 128],
    activation: ActivationFunction = .gelu, dropout: Double = 0,
    layers: LayerChoices = LayerChoices()
  ) {
    self.vocabulary = vocabulary
    self.context = context
    self.embedding = embedding
    self.hidden = hidden
    self.activation = activation
    self.dropout = dropout
    self.layers = layers
  }

  /// The name on the command line.
  static let name = "mlp"

  /// The model in words.
  var architecture: String {
    let widths = hidden.map(String.init).joined(separator: ", ")
    return "context \(context), embedding \(embedding), hidden \(widths), \(activation.rawValue), "
      + "vocabulary \(vocabulary)" + (dropout > 0 ? ", dropout \(dropout)" : "") + layers.words
  }

  /// The parameters: uniform with variance 1 for the embedding and torch's default for the linear
  /// layers.
  var parameters: [Parameter] {
    let table = Parameter(
      layer: "embedding", name: "weight", shape: [vocabulary, embedding],
      initial: .uniform(bound: 3.0.squareRoot()))
    let widths = [context * embedding] + hidden
    let inner = hidden.indices.flatMap {
      Parameter.linear("hidden\($0 + 1)", widths[$0], widths[$0 + 1])
    }
    return [table] + inner + Parameter.linear("output", widths[hidden.count], vocabulary)
  }

  /// The logits, shape (B, V).
  func predict(_ batch: Minibatch, _ tape: inout Tape) -> Tape.Index {
    var x = tape.embedding(batch.tokens, shape: [batch.size, context * embedding], "embedding")
    for number in hidden.indices {
      let layer = "hidden\(number + 1)"
      x = tape.dropout(tape.activation(activation, tape.linear(x, layer), layer), dropout, layer)
    }
    return tape.linear(x, "output")
  }

  /// The mean cross-entropy of the next character.
  func loss(
    _ prediction: Tape.Index, _ batch: Minibatch, _ tape: inout Tape
  ) -> Tape.Index {
    tape.crossEntropy(prediction, batch.targets, smoothing: layers.labelSmoothing)
  }
}
