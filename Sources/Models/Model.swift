// SPDX-License-Identifier: Apache-2.0
import Datasets
import Network
import Randomness

/// A model: its parameters, and its forward pass as operations on a tape.
package protocol Model: Sendable {
  /// The name on the command line.
  static var name: String { get }
  /// The model in words: sizes and layers.
  var architecture: String { get }
  /// The parameters in the order in which they are stored and drawn.
  var parameters: [Parameter] { get }
  /// What the model says about a batch, such as logits.
  func predict(_ batch: Minibatch, _ tape: inout Tape) -> Tape.Index
  /// The loss of a prediction.
  func loss(_ prediction: Tape.Index, _ batch: Minibatch, _ tape: inout Tape) -> Tape.Index
  /// The unit of the loss.
  var lossUnit: String { get }
  /// What a prediction says about the classes of a batch's examples.
  func classes(_ prediction: Tensor, _ batch: Minibatch) -> ClassPredictions
}

extension Model {
  var lossUnit: String { "nat" }

  /// Every row of the prediction is the logits of an example.
  func classes(_ prediction: Tensor, _ batch: Minibatch) -> ClassPredictions {
    ClassPredictions(
      logits: prediction.doubles, classes: prediction.columns, targets: batch.targets)
  }

  /// The number of weights.
  package var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

  /// The initial weights of a seed: drawn in FP64 and rounded to FP32 once, so that every twin, the
  /// reference included, starts from the same numbers. A twin whose weights are narrower rounds
  /// them once more: that is its policy.
  package func initialWeights(seed: UInt64) -> [[Double]] {
    let random = RandomStream(seed: seed, purpose: .weights)
    var index: UInt64 = 0
    return parameters.map { parameter in
      (0..<parameter.count).map { _ in
        defer { index += 1 }
        switch parameter.initial {
        case .constant(let value): return value
        case .uniform(let bound): return Double(Float(random.symmetric(index) * bound))
        case .normal(let deviation): return Double(Float(random.normal(index) * deviation))
        }
      }
    }
  }
}
