// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import ExperimentFiles
import Policies
import StepAnalysis
import Words

/// `halfway sweep`: the same step under every one of several settings.
struct SweepCommand: ExemplifiedCommand, ThreadedCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Looks at one training step under every one of many loss scales.",
    discussion: """
      One forward pass from the reference's weights, then a backward pass for each scale: which \
      gradients underflow, what the scale recovers, which overflows first, and the error that no \
      scale removes. docs/loss-scaling.md defines what is measured.
      """)

  static let examples = [
    Example(
      "halfway sweep loss-scale --model transformer", "the first step, scales 2^0 to 2^24"),
    Example(
      "halfway sweep loss-scale --at 1,100,200 --policies fp16-amp,fp16-pure",
      "later steps have smaller gradients"),
    Example(
      "halfway sweep loss-scale --scales 2^8..2^16,1000,1024",
      "what a scale that is no power of two costs"),
  ]

  /// What can be swept.
  enum Subject: String, CaseIterable {
    case lossScale = "loss-scale"
  }

  @Argument(
    help: "What is varied: loss-scale.",
    completion: .list(Subject.allCases.map(\.rawValue)))
  var subject: String

  @OptionGroup var trained: ModelOptions

  @Option(
    name: .long, parsing: .unconditionalSingleValue,
    help: "Policies whose step is looked at; their own loss scaling is left out.",
    completion: Completions.policies)
  var policies = ["fp16-amp"]

  @Option(
    name: .long,
    help: ArgumentHelp(
      "What policies are compared with: fp64, or MPFR at P bits for the whole step.",
      valueName: "fp64|mpfr:P"), completion: Completions.references)
  var reference = "fp64"

  @OptionGroup var moments: StepOptions

  @Option(
    name: .long, parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "The scales: 2^0..2^24 by default; powers of two, ranges of them and other numbers of FP32.",
      valueName: "scales"))
  var scales = ["2^0..2^24"]

  @OptionGroup var threading: ThreadOptions

  @Option(
    name: .long,
    help: ArgumentHelp(
      """
      Where the report goes, with sweep.json; made where missing. By default \
      reports/sweep-loss-scale-<model>.
      """,
      valueName: "folder"), completion: .directory)
  var output: String?

  @OptionGroup var failOn: FailOnOptions

  @OptionGroup var gates: GateOptions

  @OptionGroup var outputOptions: OutputOptions

  func run() throws {
    let _: Subject = try Options.named(subject, kind: "sweep", option: "<subject>")
    let gate = try failOn.gate()
    if output?.isEmpty ?? false { throw CommandExit.usage("--output is empty: name a folder") }
    let steps = try moments.selected()
    let scales = try LossScaleList(scales, option: "--scales").scales
    var description = ExperimentDescription()
    try trained.describe(&description, steps: moments.steps)
    description.name = "sweep-loss-scale-\(description.model)"
    let selection = try PolicySelection(policies, option: "--policies")
    description.policies = selection.policies
    description.reference = try .reference(named: reference)
    try description.refuseDivision()
    try description.refuseClipping("the sweep", option: "--policies")
    let session = TrainingSession(
      description: description, files: selection.files, threads: threading.count)
    try LossScaleSession(
      training: session, steps: steps, scales: scales, command: commandLine
    ).run(
      folder: output ?? "reports/\(description.name)", outputOptions, gate: gate, gates: gates)
  }

  /// The line that makes the result again; the folder and the threads do not change it.
  private var commandLine: String {
    var words = CommandWords("halfway", "sweep", "loss-scale")
    words.add("--model", trained.model)
    words.add("--policies", policies.joined(separator: ","))
    words.add("--reference", reference)
    words.add("--scales", scales.joined(separator: ","))
    moments.add(to: &words)
    trained.add(to: &words)
    return words.line
  }
}
