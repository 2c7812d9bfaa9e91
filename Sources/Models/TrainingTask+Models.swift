// SPDX-License-Identifier: Apache-2.0
import Datasets
import Network
import Policies

extension TrainingTask {
  /// The models' names.
  package static let modelNames = languageModelNames + imageModelNames
  /// The names of the models that learn from a text.
  package static let languageModelNames = [
    CharacterMLP.name, Transformer.name, RecurrentModel.name,
  ]

  /// The optimizer that a model's default is trained with.
  package static func optimizer(forModel name: String) -> Optimizer.Method {
    name == CharacterMLP.name ? .sgd : .adamw
  }

  /// Sizes of a model where they are not its defaults.
  package struct Sizes: Sendable, Hashable {
    /// The examples in a batch.
    package var batch: Int?
    /// The characters that a language model reads at a time.
    package var context: Int?
    /// The size of hidden layers, of a position's vector, or of a memory.
    package var width: Int?
    /// The number of hidden layers, blocks or layers of memory.
    package var depth: Int?
    /// The probability of dropping a value, where the model has dropout.
    package var dropout: Double?
    /// The choices among layers and losses.
    package var layers = LayerChoices()

    /// The sizes.
    package init(
      batch: Int? = nil, context: Int? = nil, width: Int? = nil, depth: Int? = nil,
      dropout: Double? = nil
    ) {
      self.batch = batch
      self.context = context
      self.width = width
      self.depth = depth
      self.dropout = dropout
    }

    /// The characters that a language model of a name reads at a time.
    package func context(ofModel name: String) -> Int {
      context ?? (name == CharacterMLP.name ? 16 : 32)
    }
  }

  /// The language model of a name; nil for another name.
  package static func language(
    _ name: String, _ text: CharacterText, _ sizes: Sizes, activation: ActivationFunction
  ) -> TrainingTask? {
    let context = sizes.context(ofModel: name)
    switch name {
    case CharacterMLP.name:
      return .mlp(
        text, batch: sizes.batch ?? 64, context: context,
        hidden: Array(repeating: sizes.width ?? 128, count: sizes.depth ?? 2),
        activation: activation, dropout: sizes.dropout ?? 0, layers: sizes.layers)
    case Transformer.name:
      return .transformer(
        text, batch: sizes.batch ?? 16, context: context, width: sizes.transformerWidth,
        blocks: sizes.depth ?? 2, heads: sizes.heads, dropout: sizes.dropout ?? 0,
        activation: activation, layers: sizes.layers)
    case RecurrentModel.name:
      return .lstm(
        text, batch: sizes.batch ?? 16, context: context, units: sizes.width ?? 96,
        layers: sizes.depth ?? 1, smoothing: sizes.layers.labelSmoothing)
    default: return nil
    }
  }

  /// A multilayer perceptron that predicts the next character of a text.
  package static func mlp(
    _ text: CharacterText, batch: Int = 64, context: Int = 16, embedding: Int = 16,
    hidden: [Int] = [128, 128], activation: ActivationFunction = .gelu, dropout: Double = 0,
    layers: LayerChoices = LayerChoices()
  ) -> TrainingTask {
    let model = CharacterMLP(
      vocabulary: text.vocabulary.count, context: context, embedding: embedding, hidden: hidden,
      activation: activation, dropout: dropout, layers: layers)
    return TrainingTask(model, CharacterMLP.name, text, .next, batch: batch, context: context)
  }

  /// A transformer that predicts the character after each of a text's windows.
  package static func transformer(
    _ text: CharacterText, batch: Int = 16, context: Int = 32, width: Int = 64, blocks: Int = 2,
    heads: Int = 4, dropout: Double = 0, activation: ActivationFunction = .gelu,
    layers: LayerChoices = LayerChoices()
  ) -> TrainingTask {
    let model = Transformer(
      vocabulary: text.vocabulary.count, context: context, width: width, blocks: blocks,
      heads: heads, dropout: dropout, activation: activation, layers: layers)
    return TrainingTask(model, Transformer.name, text, .each, batch: batch, context: context)
  }

  /// A recurrent network that predicts the character after each of a text's windows.
  package static func lstm(
    _ text: CharacterText, batch: Int = 16, context: Int = 32, embedding: Int = 32,
    units: Int = 96, layers: Int = 1, smoothing: Double = 0
  ) -> TrainingTask {
    let model = RecurrentModel(
      vocabulary: text.vocabulary.count, context: context, embedding: embedding, units: units,
      layers: layers, smoothing: smoothing)
    return TrainingTask(model, RecurrentModel.name, text, .each, batch: batch, context: context)
  }

  private init(
    _ model: any Model, _ name: String, _ text: CharacterText, _ target: TextBatches.Target,
    batch: Int, context: Int
  ) {
    self.init(
      model: model,
      batches: { TextBatches(text, size: batch, context: context, target: target, seed: $0) },
      evaluation: {
        ExampleSet.windows(
          of: text, context: context, target: target, batch: batch,
          predictions: Self.evaluationSize.predictions)
      },
      isHeldOut: text.heldOut != nil, modelName: name, batch: batch, context: context,
      text: text.description)
  }
}
