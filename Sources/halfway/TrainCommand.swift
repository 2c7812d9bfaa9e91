// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Measurements
import Reports
import TensorFiles
import Training

/// `halfway train`: trains one model under several precision policies in lock step and compares
/// each with FP64.
struct TrainCommand: ExemplifiedCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains one model under several precision policies and compares each with FP64.",
    discussion: """
      Every twin sees the same initial weights and the same batches. Results are the same on any \
      number of threads. docs/metrics.md defines every measured quantity.
      """)

  static let examples = [
    Example("halfway train", "four policies, 200 steps on the text in Experiments/"),
    Example(
      "halfway train --policies fp16-amp,fp16-pure --optimizer adamw",
      "what becomes of AdamW's epsilon in FP16"),
    Example(
      "halfway train --data my.txt --steps 1000 --measure-every 10 --output reports/mine",
      "a text of one's own, measured at every tenth step"),
    Example("halfway train --model unet", "which pixels are what, on generated scenes"),
    Example(
      "halfway train --model cnn --data cifar-10-batches-bin", "classes of images of one's own"),
    Example(
      "halfway train --policies fp16-amp --loss-scaling deepspeed",
      "the scale as DeepSpeed moves it"),
    Example("halfway train --export steps.csv", "losses, scales and deviations per step"),
  ]

  @Option(name: .long, help: "The model: \(TrainingTask.modelNames.joined(separator: ", ")).")
  var model = "mlp"

  @Option(
    name: .long,
    help: "Policies: \(Policy.presets.map(\.name).joined(separator: ", ")), or all.")
  var policies = ["fp32,fp16-amp,bf16-amp,fp16-pure"]

  @Option(
    name: .long,
    help: ArgumentHelp(
      "What policies are compared with: fp64, or MPFR at P bits for the whole step.",
      valueName: "fp64|mpfr:P"))
  var reference = "fp64"

  @Option(
    name: .long, parsing: .unconditional,
    help:
      "Size of hidden layers, of a position's vector or of a memory; the model's own by default.",
    transform: Options.whole(1...65_536))
  var width: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Hidden layers, blocks or layers of memory; the model's own by default.",
    transform: Options.whole(1...1_000))
  var depth: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Characters that a language model reads at a time; the model's own by default.",
    transform: Options.whole(1...65_536))
  var context: Int?

  @Option(
    name: .long,
    help: """
      Loss scaling of the policies that scale: \
      \(LossScaling.presets.map(\.name).joined(separator: ", ")), fixed:S, or none; by default \
      torch.
      """)
  var lossScaling: String?

  // Unconditional: a number with a minus is a wrong value, not a missing one.
  @Option(
    name: .long, parsing: .unconditional, help: "Optimizer steps.",
    transform: Options.whole(TrainCommand.stepRange))
  var steps = 200

  @Option(
    name: .long,
    help: ArgumentHelp(
      """
      The training text, UTF-8; for \(TrainingTask.imageModelNames.joined(separator: ", ")) a folder \
      of images as 'halfway data' writes them, and generated images by default.
      """, valueName: "path"))
  var data: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Examples in a batch; 64 for mlp, 32 for cnn and 16 for the other models by default.",
    transform: Options.whole(1...65_536))
  var batch: Int?

  @Option(
    name: .long, parsing: .unconditional, help: "Seed of the initial weights and of the batches.",
    transform: Options.whole(0...UInt64.max))
  var seed: UInt64 = 1

  @Option(
    name: .long,
    help: """
      Optimizer: \(Optimizer.names.joined(separator: ", ")); by default sgd for mlp and adamw for the \
      other models.
      """)
  var optimizer: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Learning rate; 0.5 for sgd and 0.001 for adamw by default.",
    transform: { word in
      guard let rate = Double(word), rate.isFinite, rate > 0 else {
        throw ValidationError("a positive number")
      }
      return rate
    })
  var learningRate: Double?

  @Option(
    name: .long,
    help:
      "Nonlinearity of the hidden layers: \(ActivationFunction.allCases.map(\.rawValue).joined(separator: ", "))."
  )
  var activation = ActivationFunction.gelu.rawValue

  @Option(
    name: .long, parsing: .unconditional,
    help: "Measure the tensors at step 1 and every so many steps; by default all up to 500 steps.",
    transform: Options.whole(TrainCommand.stepRange))
  var measureEvery: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: """
      Compare from the reference's own weights at step 1 and every so many steps, 0 for never; by \
      default every tenth measurement.
      """,
    transform: Options.whole(0...TrainCommand.stepRange.upperBound))
  var localEvery: Int?

  @Option(
    name: .long, parsing: .unconditional, help: "Threads; as many as processors by default.",
    transform: Options.whole(Options.threads))
  var threads: Int?

  @Option(
    name: .long,
    help: ArgumentHelp(
      """
      Where the report goes, with training.json and steps.csv; made where missing. By default \
      reports/train-<model>.
      """,
      valueName: "folder"))
  var output: String?

  @OptionGroup var outputOptions: OutputOptions

  /// The steps that can be asked for.
  static let stepRange = 1...1_000_000
  /// Where the repository keeps the text of the experiment mixed-precision-step.
  static let shippedText = "Experiments/mixed-precision-step/newton-opticks-book1.txt"
  /// The seed of generated images, that of `halfway data` by default: `--seed` changes weights and
  /// batches, not the data.
  private static let imageSeed: UInt64 = 1
  /// A measured step of four policies is about 50 kB of JSON.
  private static let mostMeasurements = 500

  func run() throws {
    let experiment = try experiment()
    let folder = ReportFolder(path: output ?? "reports/train-\(model.lowercased())")
    try folder.prepare()
    try outputOptions.checkFiles()
    let started = Date()
    let run = try train(experiment)
    var presented = TrainingOutput(run: run)
    presented.page = folder.page
    let report = MixedPrecisionStepReport(
      proof: nil, run: run,
      context: ReportContext(
        command: commandLine, started: started, seconds: run.timing?.seconds ?? 0))
    try OutputOptions.runAll([
      { try folder.write(report) },
      { try presented.write(toFolder: folder.path) },
      { try outputOptions.write(presented) },
    ])
    if let inconclusive = presented.inconclusive {
      throw CommandExit(.nothingSelected, "no verdict is possible: \(inconclusive.reason)")
    }
  }

  /// The line that makes the result again; the folder and the threads do not change it.
  private var commandLine: String {
    var words = CommandWords("halfway", "train")
    words.add("--model", model)
    words.add("--policies", policies.joined(separator: ","))
    words.add("--reference", reference)
    words.add("--steps", steps)
    words.add("--width", width)
    words.add("--depth", depth)
    words.add("--context", context)
    words.add("--loss-scaling", lossScaling)
    words.add("--data", data)
    words.add("--batch", batch)
    words.add("--seed", seed)
    words.add("--optimizer", optimizer)
    words.add("--learning-rate", learningRate)
    if activation != ActivationFunction.gelu.rawValue { words.add("--activation", activation) }
    words.add("--measure-every", measureEvery)
    words.add("--local-every", localEvery)
    return words.line
  }

  /// The experiment that the options describe; throws status 64 on a wrong one, 65 on a text that
  /// cannot be used.
  func experiment() throws -> TwinExperiment {
    let model = model.lowercased()
    guard TrainingTask.modelNames.contains(model) else {
      throw CommandExit.usage(
        NearestNames.complaint(
          kind: "model", name: model, known: TrainingTask.modelNames, option: "--model"))
    }
    if output?.isEmpty ?? false { throw CommandExit.usage("--output is empty: name a folder") }
    let isOfImages = TrainingTask.imageModelNames.contains(model)
    if data?.isEmpty ?? false {
      throw CommandExit.usage("--data is empty: name a \(isOfImages ? "folder" : "text file")")
    }
    let optimizer = optimizer ?? TrainingTask.optimizer(forModel: model).rawValue
    guard let method = Optimizer.Method(rawValue: optimizer.lowercased()) else {
      throw CommandExit.usage(
        NearestNames.complaint(
          kind: "optimizer", name: optimizer, known: Optimizer.names, option: "--optimizer"))
    }
    guard let function = ActivationFunction(rawValue: activation.lowercased()) else {
      throw CommandExit.usage(
        NearestNames.complaint(
          kind: "activation", name: activation,
          known: ActivationFunction.allCases.map(\.rawValue), option: "--activation"))
    }
    var policies = try selectedPolicies()
    let reference = try selectedReference()
    let task = try isOfImages ? imageTask(model) : textTask(model, function)
    // With a finer reference FP64 has an error of its own to show.
    if reference != .fp64, !policies.contains(.fp64) { policies.insert(.fp64, at: 0) }
    let interval = measureEvery ?? max(1, steps / Self.mostMeasurements)
    return TwinExperiment(
      task: task, policies: policies, reference: reference,
      optimizer: Optimizer(method, learningRate: learningRate), steps: steps, seed: seed,
      measureEvery: interval, localEvery: localEvery ?? 10 * interval, threads: threadCount)
  }

  private var sizes: TrainingTask.Sizes {
    TrainingTask.Sizes(batch: batch, context: context, width: width, depth: depth)
  }

  private var threadCount: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }

  /// FP64, or MPFR of the bits asked for.
  private func selectedReference() throws -> Policy {
    guard let precision = Precision(id: reference), precision.format == nil else {
      throw CommandExit.usage(
        "--reference \(reference) is unknown; known: fp64, mpfr:P with P bits in "
          + "\(Precision.mpfrBits.lowerBound)...\(Precision.mpfrBits.upperBound)")
    }
    guard case .mpfr(let bits) = precision else { return .fp64 }
    return .mpfr(bits: bits)
  }

  private func selectedPolicies() throws -> [Policy] {
    let known = Policy.presets.map(\.name)
    let selected = try Options.names(policies).flatMap { name in
      if name.lowercased() == "all" { return Policy.presets.filter { $0 != .fp64 } }
      guard let policy = Policy.preset(named: name) else {
        throw CommandExit.usage(
          NearestNames.complaint(
            kind: "policy", name: name, known: known, also: ", all", option: "--policies"))
      }
      return [policy]
    }
    var seen: Set<Policy> = []
    return try selected.map(scaled).filter { seen.insert($0).inserted }
  }

  /// The policy with the loss scaling asked for, where it has any.
  private func scaled(_ policy: Policy) throws -> Policy {
    guard let name = lossScaling, policy.lossScaling != nil else { return policy }
    var policy = policy
    if name.lowercased() == "none" {
      policy.lossScaling = nil
      return policy
    }
    guard let rule = LossScaling(named: name) else {
      throw CommandExit.usage(
        NearestNames.complaint(
          kind: "loss scaling", name: name, known: LossScaling.presets.map(\.name),
          also: ", fixed:S with a finite S above 0, none", option: "--loss-scaling"))
    }
    policy.lossScaling = rule
    return policy
  }

  private func textTask(_ model: String, _ function: ActivationFunction) throws -> TrainingTask {
    do {
      let text = try CharacterText(
        contentsOfFile: data ?? Self.shippedText, context: sizes.context(ofModel: model))
      guard let task = TrainingTask.language(model, text, sizes, activation: function)
      else { throw CommandExit.usage("\(model) is no model of a text") }
      return task
    } catch let problem as TensorFileProblem {
      let hint =
        data == nil ? "; run in the repository's folder, or give a text with --data" : ""
      throw CommandExit(.badInput, problem.description + hint)
    }
  }

  private func imageTask(_ model: String) throws -> TrainingTask {
    do {
      guard let task = try TrainingTask.vision(model, try images(model), sizes)
      else { throw CommandExit.usage("\(model) is no model of images") }
      return task
    } catch let problem as TensorFileProblem {
      throw CommandExit(.badInput, problem.description)
    }
  }

  /// The images of the folder that was named, otherwise generated ones.
  private func images(_ model: String) throws -> NamedImages {
    if let data {
      return NamedImages(
        name: URL(fileURLWithPath: data).lastPathComponent, images: try ImageFolder(data).train)
    }
    guard let generated = TrainingTask.generatedImages(forModel: model) else {
      throw CommandExit.usage("no images are generated for \(model)")
    }
    return NamedImages(
      generated: generated.set, count: generated.count, seed: Self.imageSeed,
      threads: threadCount)
  }

  private func train(_ experiment: TwinExperiment) throws -> TrainingRun {
    let progress = Progress("train", total: UInt64(experiment.steps), unit: "steps")
    let started = Date()
    let clock = ContinuousClock()
    let origin = clock.now
    defer { progress.finish() }
    var result = try experiment.run { step, _ throws(CommandExit) in
      progress.report(completed: UInt64(step))
      try Interrupt.check(
        "interrupted after step \(step) of \(experiment.steps); no result was written")
    }
    // A duration without optimisation says nothing about the tool.
    if !RunEnvironment.isDebugBuild {
      result.timing = TrainingTiming(
        started: started.formatted(.iso8601), seconds: (clock.now - origin) / .seconds(1),
        threads: experiment.threads)
    }
    return result
  }
}
