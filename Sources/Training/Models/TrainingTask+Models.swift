// SPDX-License-Identifier: Apache-2.0

extension TrainingTask {
  /// The models' names.
  public static let modelNames = [CharacterMLP.name]

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
}
