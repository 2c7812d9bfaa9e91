// SPDX-License-Identifier: Apache-2.0
import Network

/// What a model's layers and its loss are where it lets one choose.
package struct LayerChoices: Sendable, Hashable {
  /// The normalization of a transformer.
  package var normalization = Normalization.layer
  /// What every normalization adds to a variance or a mean square.
  package var epsilon = Normalization.epsilon
  /// How a transformer knows where a character stands.
  package var positions = PositionEncoding.learned
  /// The heads of keys and values of a transformer, each shared by a group of heads of queries; nil:
  /// as many as those.
  package var keyValueHeads: Int?
  /// What cross-entropy takes from each target and shares among all classes.
  package var labelSmoothing = 0.0
  /// The loss of a model of pixels.
  package var loss = PixelLoss.crossEntropy

  /// The models' own layers.
  package init() {}

  /// How an attention learns of positions.
  package enum PositionEncoding: String, Sendable, Hashable, CaseIterable {
    /// A vector for each, learned, is added to the character's.
    case learned
    /// Queries and keys are turned by angles in proportion to them.
    case rotary
  }

  /// The loss of a model that tells the classes of pixels.
  package enum PixelLoss: String, Sendable, Hashable, CaseIterable {
    /// The mean cross-entropy of the pixels.
    case crossEntropy = "cross-entropy"
    /// The Dice loss of the classes.
    case dice
  }

  /// What differs from the models' own layers, in words, each behind a comma; empty for nothing.
  var words: String {
    var words: [String] = []
    if normalization == .rms { words.append("RMS norm") }
    if epsilon != Normalization.epsilon { words.append("norm epsilon \(epsilon)") }
    if positions == .rotary { words.append("rotary positions") }
    if let keyValueHeads {
      words.append("\(keyValueHeads) key-value head\(keyValueHeads == 1 ? "" : "s")")
    }
    if labelSmoothing > 0 { words.append("label smoothing \(labelSmoothing)") }
    if loss == .dice { words.append("Dice loss") }
    return words.map { ", " + $0 }.joined()
  }
}

extension TrainingTask.Sizes {
  /// The heads of a transformer's queries: of 16 numbers, as many as fit, or else a single one.
  package var heads: Int { transformerWidth % 16 == 0 ? transformerWidth / 16 : 1 }

  /// The width of a transformer.
  var transformerWidth: Int { width ?? 64 }

  /// The choice that the others of a model rule out, with the reason; nil where all can hold.
  package func contradiction(ofModel name: String) -> (option: TrainingTask.Option, reason: String)?
  {
    if name == Transformer.name {
      let queries =
        "the \(heads) head\(heads == 1 ? "" : "s") of queries at width \(transformerWidth)"
      if let groups = layers.keyValueHeads, heads % groups != 0 {
        return (
          .keyValueHeads,
          "\(queries) cannot share \(groups) alike: it is to be a divisor of \(heads)"
        )
      }
      if layers.positions == .rotary, transformerWidth / heads % 2 != 0 {
        return (
          .positions,
          "rotary turns pairs of numbers, and a head has \(transformerWidth / heads) at width "
            + "\(transformerWidth): the width is to be even"
        )
      }
    }
    if layers.loss == .dice, layers.labelSmoothing > 0 {
      return (.labelSmoothing, "smoothed labels are those of cross-entropy, and the loss is dice")
    }
    return nil
  }
}
