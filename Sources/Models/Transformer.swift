// SPDX-License-Identifier: Apache-2.0
import Datasets
import Network

/// A language model over characters in the manner of GPT-2 (Radford et al., 2019): blocks of causal
/// attention and a perceptron, each behind a layer normalization and around a residual connection.
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

  static let name = "transformer"

  var architecture: String {
    "context \(context), width \(width), \(blocks) blocks, \(heads) heads, vocabulary \(vocabulary)"
      + (dropout > 0 ? ", dropout \(dropout)" : "")
  }

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
      return Parameter.normalization("\(block).norm1", width)
        + linear("\(block).qkv", width, 3 * width)
        + linear("\(block).projection", width, width, joining)
        + Parameter.normalization("\(block).norm2", width)
        + linear("\(block).expand", width, 4 * width)
        + linear("\(block).contract", 4 * width, width, joining)
    }
    return [table("embedding", vocabulary, width), table("position", context, width)] + all
      + Parameter.normalization("norm", width) + linear("output", width, vocabulary)
  }

  /// The logits of the character after each, shape (B, T, V).
  func predict(_ batch: Minibatch, _ tape: inout Tape) -> Tape.Index {
    let shape = [batch.size, context, width]
    let positions = (0..<batch.size * context).map { $0 % context }
    let tokens = tape.embedding(batch.tokens, shape: shape, "embedding")
    let places = tape.embedding(positions, shape: shape, "position")
    var x = tape.dropout(tape.add(tokens, places, "embedding"), dropout, "embedding")
    for number in 1...blocks {
      let block = "block\(number)"
      let attention = tape.attention(
        tape.linear(tape.layerNorm(x, "\(block).norm1"), "\(block).qkv"), heads: heads,
        "\(block).attention")
      x = residual(x, attention, "\(block).projection", &tape)
      let hidden = tape.activation(
        .gelu, tape.linear(tape.layerNorm(x, "\(block).norm2"), "\(block).expand"),
        "\(block).expand")
      x = residual(x, hidden, "\(block).contract", &tape)
    }
    return tape.linear(tape.layerNorm(x, "norm"), "output")
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
