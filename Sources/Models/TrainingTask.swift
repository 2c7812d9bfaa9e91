// SPDX-License-Identifier: Apache-2.0
import Datasets
import Measurements

/// What is trained on what: a model with the batches that it learns from.
package struct TrainingTask: Sendable {
  package let model: any Model
  /// The batches of a seed.
  package let batches: @Sendable (_ seed: UInt64) -> any BatchSource
  /// What trained models are judged by, the undisturbed examples first.
  package var evaluation: @Sendable () -> [ExampleSet] = { [] }
  /// Whether those examples are kept from training.
  package var isHeldOut = false
  /// The predictions that a trained model is judged by, of a text; of images, how many.
  static let evaluationSize = (predictions: 2048, images: 256)
  /// The model's name on the command line.
  package let modelName: String
  /// The number of examples in a batch.
  package let batch: Int
  /// The number of characters that the model reads at a time; nil for images.
  package var context: Int?
  /// The text that the model learns from; nil for images.
  package var text: TextDescription?
  /// The images that the model learns from; nil for a text.
  package var images: ImageDescription?

  /// The model in words.
  package var architecture: String { model.architecture }
  /// The number of weights.
  package var parameterCount: Int { model.parameterCount }
}
