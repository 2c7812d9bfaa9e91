// SPDX-License-Identifier: Apache-2.0
import Datasets
import Network

/// A language model over characters: an embedding, layers of long short-term memory, and an output
/// layer.
struct RecurrentModel: Model, Hashable {
  let vocabulary: Int
  /// The characters it reads at a time, T.
  let context: Int
  let embedding: Int
  /// The units of each layer, H.
  let units: Int
  let layers: Int
  /// What cross-entropy takes from each target and shares among all classes.
  var smoothing = 0.0

  static let name = "lstm"

  var architecture: String {
    "context \(context), embedding \(embedding), \(layers) x \(units) units, vocabulary \(vocabulary)"
      + (smoothing > 0 ? ", label smoothing \(smoothing)" : "")
  }

  /// Uniform with variance 1 for the embedding, torch's default 1/√H for the memory.
  var parameters: [Parameter] {
    let table = Parameter(
      layer: "embedding", name: "weight", shape: [vocabulary, embedding],
      initial: .uniform(bound: 3.0.squareRoot()))
    let bound = Parameter.Initial.uniform(bound: 1 / Double(units).squareRoot())
    let memory = (1...layers).flatMap { number in
      [
        ("weight", [number == 1 ? embedding : units, 4 * units]),
        ("recurrent", [units, 4 * units]),
        ("bias", [4 * units]),
      ].map { Parameter(layer: "lstm\(number)", name: $0, shape: $1, initial: bound) }
    }
    return [table] + memory + Parameter.linear("output", units, vocabulary)
  }

  /// The logits of the character after each, shape (T, B, V): time comes first inside the model.
  func predict(_ batch: Minibatch, _ tape: inout Tape) -> Tape.Index {
    var x = tape.embedding(
      timeFirst(batch.tokens, batch), shape: [context, batch.size, embedding], "embedding")
    for number in 1...layers { x = tape.lstm(x, "lstm\(number)") }
    return tape.linear(x, "output")
  }

  /// The mean cross-entropy of the character after each.
  func loss(_ prediction: Tape.Index, _ batch: Minibatch, _ tape: inout Tape) -> Tape.Index {
    tape.crossEntropy(prediction, timeFirst(batch.targets, batch), smoothing: smoothing)
  }

  private func timeFirst(_ tokens: [Int], _ batch: Minibatch) -> [Int] {
    (0..<context).flatMap { t in (0..<batch.size).map { tokens[$0 * context + t] } }
  }
}
