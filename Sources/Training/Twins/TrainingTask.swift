// SPDX-License-Identifier: Apache-2.0
import Measurements

/// What is trained on what: a model with the batches that it learns from.
public struct TrainingTask: Sendable {
  let model: any Model
  /// The batches of a seed.
  let batches: @Sendable (_ seed: UInt64) -> any BatchSource
  /// What trained models are judged by, the undisturbed examples first.
  var evaluation: @Sendable () -> [ExampleSet] = { [] }
  /// Whether those examples are kept from training.
  var isHeldOut = false
  /// The predictions that a trained model is judged by, of a text; of images, how many.
  static let evaluationSize = (predictions: 2048, images: 256)
  /// The model's name on the command line.
  public let modelName: String
  /// The number of examples in a batch.
  public let batch: Int
  /// The number of characters that the model reads at a time; nil for images.
  public var context: Int?
  /// The text that the model learns from; nil for images.
  public var text: TextDescription?
  /// The images that the model learns from; nil for a text.
  public var images: ImageDescription?

  /// The model in words.
  public var architecture: String { model.architecture }
  /// The number of weights.
  public var parameterCount: Int { model.parameterCount }
}
