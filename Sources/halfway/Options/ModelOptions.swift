// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import ExperimentFiles
import Models
import Words

/// What is trained on what: the options that every command with a training step has.
struct ModelOptions: ParsableArguments {
  @Option(
    name: .long, help: "The model: \(TrainingTask.modelNames.joined(separator: ", ")).",
    completion: Completions.models)
  var model = "mlp"

  @Option(
    name: .long, parsing: .unconditional,
    help:
      "Size of hidden layers, of a position's vector or of a memory; the model's own by default.",
    transform: Options.whole(ExperimentDescription.sizeRange))
  var width: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Hidden layers, blocks or layers of memory; the model's own by default.",
    transform: Options.whole(ExperimentDescription.depthRange))
  var depth: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Characters that a language model reads at a time; the model's own by default.",
    transform: Options.whole(ExperimentDescription.sizeRange))
  var context: Int?

  @Option(
    name: .long,
    help: ArgumentHelp(
      """
      The training text, UTF-8; for \(TrainingTask.imageModelNames.joined(separator: ", "
        + "")) a folder \
      of images as 'halfway data' writes them, and generated images by default.
      """, valueName: "path"), completion: .file())
  var data: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Examples in a batch; 64 for mlp, 32 for cnn and 16 for the other models by default.",
    transform: Options.whole(ExperimentDescription.sizeRange))
  var batch: Int?

  @Option(
    name: .long, parsing: .unconditional, help: "Seed of the initial weights and of the batches.",
    transform: Options.whole(0...UInt64.max))
  var seed: UInt64 = 1

  @OptionGroup var optimizing: OptimizerOptions

  @OptionGroup var layers: LayerOptions

  /// Says in a description what is trained over so many steps; throws status 64 on a wrong option.
  func describe(_ description: inout ExperimentDescription, steps: Int) throws {
    let model = model.lowercased()
    guard TrainingTask.modelNames.contains(model) else {
      throw CommandExit.usage(
        NearestNames.complaint(
          kind: "model", name: model, known: TrainingTask.modelNames, option: "--model"))
    }
    description.model = model
    try refuseForeignOptions(model)
    if data?.isEmpty ?? false {
      let isOfImages = TrainingTask.imageModelNames.contains(model)
      throw CommandExit.usage("--data is empty: name a \(isOfImages ? "folder" : "text file")")
    }
    description.data = data
    description.sizes = TrainingTask.Sizes(
      batch: batch, context: context, width: width, depth: depth)
    try layers.describe(&description)
    description.optimizer = try optimizing.selected(model: model, steps: steps)
    description.steps = steps
    description.seed = seed
  }

  /// Throws status 64 for an option of other models.
  private func refuseForeignOptions(_ model: String) throws(CommandExit) {
    let sizes: [TrainingTask.Option: Bool] = [
      .width: width != nil, .depth: depth != nil, .context: context != nil,
    ]
    let given = sizes.merging(layers.given) { size, _ in size }
    for option in TrainingTask.Option.allCases
    where given[option] == true && !option.models.contains(model) {
      throw .usage(
        "--\(option.flag) is for \(option.models.joined(separator: ", ")), not for \(model)")
    }
  }

  /// Adds the options that were given, but for the model.
  func add(to words: inout CommandWords) {
    words.add("--width", width)
    words.add("--depth", depth)
    words.add("--context", context)
    words.add("--data", data)
    words.add("--batch", batch)
    words.add("--seed", seed)
    optimizing.add(to: &words)
    layers.add(to: &words)
  }
}
