// SPDX-License-Identifier: Apache-2.0
import Datasets
import Network

/// A language model over characters in the manner of GPT-2 (Radford et al., 2019): blocks of causal
/// attention and a perceptron, each behind a normalization and around a residual connection.
///
/// By choice the blocks of later models: normalization by the root mean square, rotary positions
/// instead of learned ones, keys and values that groups of heads share.
struct Transformer: Model, Hashable {
  let vocabulary: Int
  /// The characters it reads at a time, T.
  let context: Int
  /// The size of a position's vector, D.
  let width: Int
  let blocks: Int
  let heads: Int
  /// The probability of dropping a value after the embedding and on each residual branch.
  var dropout = 0.0
  /// The nonlinearity of the perceptrons.
  var activation = ActivationFunction.gelu
  /// The choices among normalizations, positions, heads and losses.
  var layers = LayerChoices()

  static let name = "transformer"

  var architecture: String {
    "context \(context), width \(width), \(blocks) blocks, \(heads) heads, vocabulary \(vocabulary)"
      + (dropout > 0 ? ", dropout \(dropout)" : "")
      + (activation == .gelu ? "" : ", \(activation.rawValue)") + layers.words
  }

  /// The heads of keys and values.
  private var groups: Int { layers.keyValueHeads ?? heads }
  /// The values of a head.
  private var headSize: Int { width / heads }

  /// Normal with GPT-2's deviation 0.02, and 0.02/√(2·blocks) where a branch joins the residual
  /// stream.
  var parameters: [Parameter] {
    func table(_ layer: String, _ rows: Int, _ columns: Int, _ deviation: Double = 0.02)
      -> Parameter
    {
      Parameter(
        layer: layer, name: "weight", shape: [rows, columns], initial: .normal(deviation: deviation)
      )
    }
    func linear(
      _ layer: String, _ inputs: Int, _ outputs: Int, _ deviation: Double = 0.02
    ) -> [Parameter] {
      [
        table(layer, inputs, outputs, deviation),
        Parameter(layer: layer, name: "bias", shape: [outputs], initial: .constant(0)),
      ]
    }
    let joining = 0.02 / Double(2 * blocks).squareRoot()
    let all = (1...blocks).flatMap { number -> [Parameter] in
      let block = "block\(number)"
      return Parameter.normalization("\(block).norm1", width, layers.normalization)
        + linear("\(block).qkv", width, (heads + 2 * groups) * headSize)
        + linear("\(block).projection", width, width, joining)
        + Parameter.normalization("\(block).norm2", width, layers.normalization)
        + linear("\(block).expand", width, 4 * width)
        + linear("\(block).contract", 4 * width, width, joining)
    }
    let places = layers.positions == .learned ? [table("position", context, width)] : []
    return [table("embedding", vocabulary, width)] + places + all
      + Parameter.normalization("norm", width, layers.normalization)
      + linear("output", width, vocabulary)
  }

  /// The logits of the character after each, shape (B, T, V).
  func predict(_ batch: Minibatch, _ tape: inout Tape) -> Tape.Index {
    var x = tape.dropout(embedding(batch, &tape), dropout, "embedding")
    for number in 1...blocks {
      let block = "block\(number)"
      x = residual(x, attention(x, block, &tape), "\(block).projection", &tape)
      let hidden = tape.activation(
        activation, tape.linear(normalized(x, "\(block).norm2", &tape), "\(block).expand"),
        "\(block).expand")
      x = residual(x, hidden, "\(block).contract", &tape)
    }
    return tape.linear(normalized(x, "norm", &tape), "output")
  }

  /// The characters' vectors, with those of their places where these are learned.
  private func embedding(_ batch: Minibatch, _ tape: inout Tape) -> Tape.Index {
    let shape = [batch.size, context, width]
    let tokens = tape.embedding(batch.tokens, shape: shape, "embedding")
    guard layers.positions == .learned else { return tokens }
    let positions = (0..<batch.size * context).map { $0 % context }
    return tape.add(tokens, tape.embedding(positions, shape: shape, "position"), "embedding")
  }

  private func attention(
    _ x: Tape.Index, _ block: String, _ tape: inout Tape
  ) -> Tape.Index {
    var qkv = tape.linear(normalized(x, "\(block).norm1", &tape), "\(block).qkv")
    if layers.positions == .rotary {
      qkv = tape.rotary(qkv, heads: heads + groups, size: headSize, "\(block).rotary")
    }
    if groups != heads {
      qkv = tape.repeated(qkv, heads: heads, groups: groups, "\(block).groups")
    }
    return tape.attention(qkv, heads: heads, "\(block).attention")
  }

  private func normalized(
    _ x: Tape.Index, _ layer: String, _ tape: inout Tape
  ) -> Tape.Index {
    tape.normalization(layers.normalization, x, layer, epsilon: layers.epsilon)
  }

  /// The residual stream with a branch, which joins under the name of its last layer: a tag names
  /// one tensor of a step.
  private func residual(
    _ x: Tape.Index, _ branch: Tape.Index, _ layer: String, _ tape: inout Tape
  ) -> Tape.Index {
    tape.add(x, tape.dropout(tape.linear(branch, layer), dropout, layer), layer)
  }

  /// The mean cross-entropy of the character after each.
  func loss(_ prediction: Tape.Index, _ batch: Minibatch, _ tape: inout Tape) -> Tape.Index {
    tape.crossEntropy(prediction, batch.targets)
  }
}
