// SPDX-License-Identifier: Apache-2.0

/// The text a language model was trained on.
package struct TextDescription: Codable, Sendable, Hashable {
  /// The file's name without its directories, so that results do not depend on where it lies.
  package var name: String
  /// The file's size in bytes.
  package var bytes: Int
  /// The number of characters (Unicode scalars).
  package var characters: Int
  /// The number of distinct characters: the classes that the model tells apart.
  package var vocabulary: Int
  /// The 64-bit FNV-1a hash of the bytes, sixteen hexadecimal digits: which text, not a signature.
  package var digest: String

  /// The description.
  package init(name: String, bytes: Int, characters: Int, vocabulary: Int, digest: String) {
    self.name = name
    self.bytes = bytes
    self.characters = characters
    self.vocabulary = vocabulary
    self.digest = digest
  }
}

/// The images an image model was trained on.
package struct ImageDescription: Codable, Sendable, Hashable {
  /// The name of the folder, or of the generated set with what determines it.
  package var name: String
  /// The number of images.
  package var images: Int
  /// Planes of an image.
  package var channels: Int
  /// Rows of an image.
  package var height: Int
  /// Columns of an image.
  package var width: Int
  /// The number of classes that the model tells apart.
  package var classes: Int
  /// The 64-bit FNV-1a hash of the values and of what there is to learn about them, sixteen
  /// hexadecimal digits.
  package var digest: String

  /// The description.
  package init(
    name: String, images: Int, channels: Int, height: Int, width: Int, classes: Int,
    digest: String
  ) {
    self.name = name
    self.images = images
    self.channels = channels
    self.height = height
    self.width = width
    self.classes = classes
    self.digest = digest
  }
}

/// Everything that determines the results of a twin run.
package struct TrainingConfiguration: Codable, Sendable, Hashable {
  /// The model's name.
  package var model: String
  /// The model in words: sizes and activation.
  package var architecture: String
  /// The number of weights.
  package var parameters: Int
  /// The training text; nil for images.
  package var text: TextDescription?
  /// The training images; nil for a text.
  package var images: ImageDescription?
  /// The number of optimizer steps asked for.
  package var steps: Int
  /// The number of examples in a batch.
  package var batch: Int
  /// The number of characters that the model reads at a time; nil for images.
  package var context: Int?
  /// The optimizer with its constants, such as `adamw lr=0.001 ...`.
  package var optimizer: String
  /// Adam's ε; nil for an optimizer without one.
  package var epsilon: Double?
  /// The decay of its second moment; nil for one without.
  package var beta2: Double?
  /// Whether a weight decay shrinks the weights themselves, as AdamW's does; otherwise it is added
  /// to the gradient.
  package var decaysWeights: Bool?
  /// The name of the arithmetic in which further seeds are run; nil for the reference's own.
  package var seedsArithmetic: String?
  /// The unit of the loss: `nat` of cross-entropies, 1 of sums of different losses.
  package var lossUnit = "nat"
  /// The seed of the initial weights and of the batches.
  package var seed: UInt64
  /// Tensors are measured at step 1 and at every multiple of this.
  package var measureEvery: Int
  /// Local comparisons are made at step 1 and at every multiple of this; zero for none.
  package var localEvery: Int
  /// What the trained models are judged by; empty for nothing.
  package var evaluationSets: [EvaluationSet] = []
  /// Whether those examples were kept from training.
  package var isHeldOut = false

  /// The configuration.
  package init(
    model: String, architecture: String, parameters: Int, text: TextDescription? = nil,
    images: ImageDescription? = nil, steps: Int, batch: Int, context: Int? = nil,
    optimizer: String, seed: UInt64, measureEvery: Int, localEvery: Int
  ) {
    self.model = model
    self.architecture = architecture
    self.parameters = parameters
    self.text = text
    self.images = images
    self.steps = steps
    self.batch = batch
    self.context = context
    self.optimizer = optimizer
    self.seed = seed
    self.measureEvery = measureEvery
    self.localEvery = localEvery
  }
}

/// When and how fast a run was made: the only part of a result that may differ between two runs of
/// the same configuration.
package struct TrainingTiming: Codable, Sendable, Hashable {
  /// The start in ISO 8601.
  package var started: String
  /// The duration in seconds.
  package var seconds: Double
  /// The number of threads.
  package var threads: Int

  /// The block.
  package init(started: String, seconds: Double, threads: Int) {
    self.started = started
    self.seconds = seconds
    self.threads = threads
  }
}

/// Why a run ended before its last step: the reference had a value that is not finite.
package struct ReferenceStop: Codable, Sendable, Hashable {
  /// The step, from 1.
  package var step: Int
  /// The first tensor of the step with such a value.
  package var tensor: TensorTag

  /// The end of a run.
  package init(step: Int, tensor: TensorTag) {
    self.step = step
    self.tensor = tensor
  }
}

/// The result of a twin run: one model, one initial state and one sequence of batches under several
/// precision policies in lock step.
package struct TrainingRun: Codable, Sendable, Hashable {
  /// The name and version of this structure.
  package static let schemaName = "halfway/training-run/1"

  /// The name and version of the structure that was written.
  package var schema = TrainingRun.schemaName
  /// What was run.
  package var configuration: TrainingConfiguration
  /// The FP64 twin that the others are compared with.
  package var reference: PolicyRun
  /// The compared policies in the order asked for.
  package var policies: [PolicyRun]
  /// The reference on batches of other seeds; empty where none were run.
  package var seeds: [SeedRun] = []
  /// The trained models' predictions of undisturbed examples, any two models; the reference is the
  /// first of its pairs.
  package var predictionPairs: [PairedPredictions] = []
  /// Where the reference ceased to be finite, which ended the run; nil otherwise.
  package var stop: ReferenceStop?
  /// Which roundings are to blame, of the policies that are not close to the reference.
  package var blames: [PolicyBlame] = []
  /// What is known of a run that was watched; nil of one that was made here.
  package var watched: WatchedRecord?
  /// When and how fast; nil in a result meant for comparison.
  package var timing: TrainingTiming?

  /// The number of steps that were taken: fewer than asked for where the run was ended.
  package var completedSteps: Int { reference.summary.count - (stop == nil ? 0 : 1) }

  /// The result.
  package init(
    configuration: TrainingConfiguration, reference: PolicyRun, policies: [PolicyRun],
    timing: TrainingTiming? = nil
  ) {
    self.configuration = configuration
    self.reference = reference
    self.policies = policies
    self.timing = timing
  }
}
