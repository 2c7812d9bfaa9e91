// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import ExperimentFiles
import Models
import Network

/// The options of a model's layers and loss.
struct LayerOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditional,
    help: """
      Probability of dropping a value, for \
      \(TrainingTask.Option.dropout.models.joined(separator: ", ")); by default 0.
      """,
    transform: Options.number("a number from 0 and below 1") { $0 >= 0 && $0 < 1 })
  var dropout: Double?

  @Option(
    name: .long,
    help: """
      Nonlinearity of hidden layers, for \
      \(TrainingTask.Option.activation.models.joined(separator: ", ")): \
      \(ActivationFunction.allCases.map(\.rawValue).joined(separator: ", ")); by default gelu.
      """, completion: Completions.activations)
  var activation: String?

  @Option(
    name: .long,
    help: """
      Normalization of a transformer: \
      \(Normalization.allCases.map(\.rawValue).joined(separator: ", ")) (root mean square); by \
      default layer.
      """, completion: Completions.norms)
  var norm: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: """
      What normalizations add to a variance or a mean square, for \
      \(TrainingTask.Option.normEpsilon.models.joined(separator: ", ")); by default 1e-5.
      """, transform: Options.number("a number from 0") { $0 >= 0 })
  var normEpsilon: Double?

  @Option(
    name: .long,
    help: """
      Positions of a transformer: \
      \(LayerChoices.PositionEncoding.allCases.map(\.rawValue).joined(separator: ", ")); by \
      default learned.
      """, completion: Completions.positions)
  var positions: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: """
      Heads of keys and values of a transformer, each for a group of heads of queries; by default \
      as many as those.
      """, transform: Options.whole(ExperimentDescription.sizeRange))
  var keyValueHeads: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: """
      What cross-entropy takes from each target and shares among all classes, not for detector; by \
      default 0.
      """,
    transform: Options.number("a number from 0 and below 1") { $0 >= 0 && $0 < 1 })
  var labelSmoothing: Double?

  @Option(
    name: .long,
    help: """
      Loss of unet: \
      \(LayerChoices.PixelLoss.allCases.map(\.rawValue).joined(separator: ", ")); by default \
      cross-entropy.
      """, completion: Completions.losses)
  var loss: String?

  /// Whether each was given.
  var given: [TrainingTask.Option: Bool] {
    [
      .activation: activation != nil, .dropout: dropout != nil, .norm: norm != nil,
      .normEpsilon: normEpsilon != nil, .positions: positions != nil,
      .keyValueHeads: keyValueHeads != nil, .labelSmoothing: labelSmoothing != nil,
      .loss: loss != nil,
    ]
  }

  /// Says in a description what was given; throws status 64 on what does not go together.
  func describe(_ description: inout ExperimentDescription) throws(CommandExit) {
    description.sizes.dropout = dropout
    if let activation {
      description.activation = try Options.named(
        activation, kind: "activation", option: "--activation")
    }
    var layers = description.sizes.layers
    if let norm {
      layers.normalization = try Options.named(norm, kind: "normalization", option: "--norm")
    }
    if let positions {
      layers.positions = try Options.named(positions, kind: "encoding", option: "--positions")
    }
    if let loss { layers.loss = try Options.named(loss, kind: "loss", option: "--loss") }
    layers.epsilon = normEpsilon ?? layers.epsilon
    layers.keyValueHeads = keyValueHeads
    layers.labelSmoothing = labelSmoothing ?? layers.labelSmoothing
    description.sizes.layers = layers
    if let (option, reason) = description.sizes.contradiction(ofModel: description.model) {
      throw .usage("--\(option.flag): \(reason)")
    }
  }

  /// Adds what was given.
  func add(to words: inout CommandWords) {
    words.add("--dropout", dropout)
    words.add("--activation", activation)
    words.add("--norm", norm)
    words.add("--norm-epsilon", normEpsilon)
    words.add("--positions", positions)
    words.add("--key-value-heads", keyValueHeads)
    words.add("--label-smoothing", labelSmoothing)
    words.add("--loss", loss)
  }
}
