// SPDX-License-Identifier: Apache-2.0

extension TrainingTask {
  /// The models' names.
  public static let modelNames = [CharacterMLP.name, Transformer.name, RecurrentModel.name]

  /// The optimizer that a model's default is trained with.
  public static func optimizer(forModel name: String) -> Optimizer.Method {
    name == CharacterMLP.name ? .sgd : .adamw
  }

  /// The characters that a language model of a name reads at a time by default.
  public static func languageContext(_ name: String) -> Int { name == CharacterMLP.name ? 16 : 32 }

  /// The language model of a name with its default sizes; nil for another name.
  public static func language(
    _ name: String, _ text: CharacterText, batch: Int?, activation: ActivationFunction
  ) -> TrainingTask? {
    switch name {
    case CharacterMLP.name: .mlp(text, batch: batch ?? 64, activation: activation)
    case Transformer.name: .transformer(text, batch: batch ?? 16)
    case RecurrentModel.name: .lstm(text, batch: batch ?? 16)
    default: nil
    }
  }

  /// A multilayer perceptron that predicts the next character of a text.
  public static func mlp(
    _ text: CharacterText, batch: Int = 64, context: Int = 16, embedding: Int = 16,
    hidden: [Int] = [128, 128], activation: ActivationFunction = .gelu
  ) -> TrainingTask {
    let model = CharacterMLP(
      vocabulary: text.vocabulary.count, context: context, embedding: embedding, hidden: hidden,
      activation: activation)
    return TrainingTask(
      model: model,
      batches: { TextBatches(text, size: batch, context: context, seed: $0) },
      modelName: CharacterMLP.name, batch: batch, context: context, text: text.description)
  }

  /// A transformer that predicts the character after each of a text's windows.
  public static func transformer(
    _ text: CharacterText, batch: Int = 16, context: Int = 32, width: Int = 64, blocks: Int = 2,
    heads: Int = 4, dropout: Double = 0
  ) -> TrainingTask {
    let model = Transformer(
      vocabulary: text.vocabulary.count, context: context, width: width, blocks: blocks,
      heads: heads, dropout: dropout)
    return TrainingTask(
      model: model,
      batches: { TextBatches(text, size: batch, context: context, target: .each, seed: $0) },
      modelName: Transformer.name, batch: batch, context: context, text: text.description)
  }

  /// A recurrent network that predicts the character after each of a text's windows.
  public static func lstm(
    _ text: CharacterText, batch: Int = 16, context: Int = 32, embedding: Int = 32,
    units: Int = 96, layers: Int = 1
  ) -> TrainingTask {
    let model = RecurrentModel(
      vocabulary: text.vocabulary.count, context: context, embedding: embedding, units: units,
      layers: layers)
    return TrainingTask(
      model: model,
      batches: { TextBatches(text, size: batch, context: context, target: .each, seed: $0) },
      modelName: RecurrentModel.name, batch: batch, context: context, text: text.description)
  }
}
