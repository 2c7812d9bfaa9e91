// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import ExperimentFiles
import Foundation
import Models
import Network
import Policies

/// `halfway train`: trains one model under several precision policies in lock step and compares
/// each with FP64.
struct TrainCommand: ExemplifiedCommand, ThreadedCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains one model under several precision policies and compares each with FP64.",
    discussion: """
      Every twin sees the same initial weights and the same batches. Results are the same on any \
      number of threads. docs/metrics.md defines every measured quantity.
      """)

  static let examples = [
    Example("halfway train", "five policies, 200 steps on the text in Experiments/"),
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
    Example(
      "halfway train --steps 5 --policies fp8-hybrid --save-weights run",
      "weights, batches and gradients as safetensors, to repeat the run elsewhere"),
    Example("halfway train --export steps.csv", "losses, scales and deviations per step"),
    Example(
      "halfway train --model lstm --print-experiment > mine.json5",
      "the options as a file to change and to run"),
  ]

  @OptionGroup var trained: ModelOptions

  @Option(
    name: .long,
    help: """
      Policies: \(Policy.presets.map(\.name).joined(separator: ", "
        + "")), all, or a file.json5 of one's \
      own ('halfway policies fp16-amp' shows one).
      """, completion: Completions.policies)
  var policies = ["fp32,fp16-amp,fp16-unscaled,bf16-amp,fp16-pure"]

  @Option(
    name: .long,
    help: ArgumentHelp(
      "What policies are compared with: fp64, or MPFR at P bits for the whole step.",
      valueName: "fp64|mpfr:P"), completion: Completions.references)
  var reference = "fp64"

  @Option(
    name: .long,
    help: """
      Loss scaling of the policies that scale: \
      \(LossScaling.presets.map(\.name).joined(separator: ", ")), fixed:S, or none; by default \
      torch.
      """, completion: Completions.lossScalings)
  var lossScaling: String?

  // Unconditional: a number with a minus is a wrong value, not a missing one.
  @Option(
    name: .long, parsing: .unconditional, help: "Optimizer steps.",
    transform: Options.whole(ExperimentDescription.stepRange))
  var steps = 200

  @Option(
    name: .long, parsing: .unconditional,
    help: "Measure the tensors at step 1 and every so many steps; by default all up to 500 steps.",
    transform: Options.whole(ExperimentDescription.stepRange))
  var measureEvery: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: """
      Compare from the reference's own weights at step 1 and every so many steps, 0 for never; by \
      default every tenth measurement.
      """,
    transform: Options.whole(0...ExperimentDescription.stepRange.upperBound))
  var localEvery: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Further runs of the reference on other batches: what chance does, beside the formats.",
    transform: Options.whole(ExperimentDescription.seedsRange))
  var seeds = 2

  @Option(
    name: .long, parsing: .unconditional,
    help: "Seeds of other batches that every policy is trained on, too: what is systematic.",
    transform: Options.whole(ExperimentDescription.seedsRange))
  var pairedSeeds = 0

  @OptionGroup var threading: ThreadOptions

  @Option(
    name: .long,
    help: ArgumentHelp(
      """
      Where the report goes, with training.json and steps.csv; made where missing. By default \
      reports/train-<model>.
      """,
      valueName: "folder"), completion: .directory)
  var output: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      """
      Also write what another framework needs to repeat the run into a folder, as safetensors: \
      initial weights, batches, and of each policy gradients and final weights (docs/pytorch.md).
      """, valueName: "folder"), completion: .directory)
  var saveWeights: String?

  @Flag(name: .long, help: "Take up the interrupted run whose checkpoint is in the folder.")
  var resume = false

  @Flag(
    name: .long, help: "Write the experiment as a file for halfway run, and run nothing.")
  var printExperiment = false

  @OptionGroup var failOn: FailOnOptions

  @OptionGroup var gates: GateOptions

  @OptionGroup var outputOptions: OutputOptions

  func run() throws {
    let gate = try failOn.gate()
    if output?.isEmpty ?? false { throw CommandExit.usage("--output is empty: name a folder") }
    if saveWeights?.isEmpty ?? false {
      throw CommandExit.usage("--save-weights is empty: name a folder")
    }
    if printExperiment, let name = unusedByPrinting.first {
      throw CommandExit.usage("--print-experiment runs nothing: \(name) has no effect beside it")
    }
    let session = try session()
    if printExperiment {
      var description = session.description
      if description.policies.contains(where: { !$0.layers.isEmpty }) {
        description = description.effective(on: try session.experiment().task)
      }
      // The file may be put anywhere.
      description.data = description.data.map { URL(fileURLWithPath: $0).path }
      return try StandardOutput.write(ExperimentWriter.text(description))
    }
    try session.run(
      folder: output ?? "reports/\(session.description.name)", resumes: resume,
      commandLine: commandLine, outputOptions, gate: gate, gates: gates,
      handOver: saveWeights)
  }

  /// The options of a run's results that were given.
  private var unusedByPrinting: [String] {
    [
      ("--output", output != nil), ("--save-weights", saveWeights != nil), ("--resume", resume),
      ("--export", !outputOptions.exports.isEmpty), ("--fail-on", !failOn.conditions.isEmpty),
      ("--junit", gates.junit != nil),
    ].filter(\.1).map(\.0)
  }

  /// The line that makes the result again; the folder and the threads do not change it.
  private var commandLine: String {
    var words = CommandWords("halfway", "train")
    words.add("--model", trained.model)
    words.add("--policies", policies.joined(separator: ","))
    words.add("--reference", reference)
    words.add("--steps", steps)
    words.add("--loss-scaling", lossScaling)
    trained.add(to: &words)
    words.add("--measure-every", measureEvery)
    words.add("--local-every", localEvery)
    if seeds != 2 { words.add("--seeds", seeds) }
    if pairedSeeds > 0 { words.add("--paired-seeds", pairedSeeds) }
    return words.line
  }
}
