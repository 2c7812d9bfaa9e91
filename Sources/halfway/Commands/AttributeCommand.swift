// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import ExperimentFiles
import Network
import Policies
import StepAnalysis
import Twins
import Words

/// `halfway attribute`: which roundings of a policy make the error of a step's gradients.
struct AttributeCommand: ExemplifiedCommand, ThreadedCommand {
  static let configuration = CommandConfiguration(
    commandName: "attribute",
    abstract: "Tells which roundings of a policy are to blame for a step's error.",
    discussion: """
      Runs one training step with every set of the policy's sources of error rounding as the policy \
      does and the others in FP64, and divides the error of the gradients, or of the updates, among \
      them so that shares add up. docs/attribution.md defines sources and shares.
      """)

  static let examples = [
    Example("halfway attribute --model mlp", "fp16-amp at the first step"),
    Example(
      "halfway attribute --model transformer --policy bf16-amp --at 100",
      "a later step of the reference's training"),
    Example(
      "halfway attribute --policy fp16-pure --of updates",
      "what moves the weights: the optimizer's roundings, too"),
    Example(
      "halfway attribute --policy fp16-pure --layers",
      "by layer as well: which would have to be computed in FP32"),
  ]

  @OptionGroup var trained: ModelOptions

  @Option(
    name: .long, help: "The policy whose error is divided, or a file.json5 with one.",
    completion: Completions.policies)
  var policy = "fp16-amp"

  @Option(
    name: .long,
    help: "What the error is of: gradients, or updates, which the optimizer makes of them.")
  var of = AttributedQuantity.gradients

  @OptionGroup var moments: StepOptions

  @Option(
    name: .long, parsing: .unconditional,
    help: "The loss scale; by default the first of the policy's own rule, and none without one.")
  var scale: String?

  @Flag(name: .long, help: "Also divide the error among the model's layers.")
  var layers = false

  @Option(
    name: .long, parsing: .unconditional,
    help:
      "In how many orders more than eight layers are switched on, by default 8; each takes a step for every layer.",
    transform: Options.whole(2...10_000))
  var orders: Int?

  @OptionGroup var threading: ThreadOptions

  @Option(
    name: .long,
    help: ArgumentHelp(
      """
      Where the report goes, with attribution.json; made where missing. By default \
      reports/attribute-<model>.
      """,
      valueName: "folder"), completion: .directory)
  var output: String?

  @OptionGroup var failOn: FailOnOptions

  @OptionGroup var gates: GateOptions

  @OptionGroup var outputOptions: OutputOptions

  func run() throws {
    let gate = try failOn.gate()
    if output?.isEmpty ?? false { throw CommandExit.usage("--output is empty: name a folder") }
    if orders != nil, !layers { throw CommandExit.usage("--orders is for --layers") }
    let steps = try moments.selected()
    let scales = try scale.map { word throws(CommandExit) in
      try LossScaleList([word], option: "--scale").scales
    }
    if let scales, scales.count != 1 {
      throw CommandExit.usage("--scale takes one scale: its effect is `halfway sweep loss-scale`'s")
    }
    var description = ExperimentDescription()
    try trained.describe(&description, steps: moments.steps)
    description.name = "attribute-\(description.model)"
    let selection = try PolicySelection([policy], option: "--policy")
    description.policies = selection.policies
    try refuse(selection.policies)
    if of == .updates {
      try description.refuseClipping(option: "--policy")
    } else {
      try description.refuseClipping("attribution of \(of.rawValue)", option: "--policy")
    }
    let session = TrainingSession(
      description: description, files: selection.files, threads: threading.count)
    try AttributionSession(
      training: session, steps: steps, quantity: of, scale: scales?.first,
      orders: layers ? orders ?? 8 : 0,
      command: commandLine
    ).run(
      folder: output ?? "reports/\(description.name)", outputOptions, gate: gate, gates: gates)
  }

  /// Throws status 64 for more than one policy, and for those whose step is no function of their
  /// sources alone.
  private func refuse(_ policies: [Policy]) throws(CommandExit) {
    guard policies.count == 1, let policy = policies.first else {
      throw .usage("--policy names \(policies.count) policies: one at a time is attributed")
    }
    let name = Echo.word(policy.name)
    if policy.workers != nil {
      throw .usage("--policy \(name) has simulated workers: attribution is of one process")
    }
    if policy.microBatches != nil {
      throw .usage("--policy \(name) has micro-batches: attribution is of one backward pass")
    }
    if policy.lossScaling?.layers != nil {
      throw .usage(
        "--policy \(name) has a loss scale for each layer, which depends on what rounds: sets of "
          + "sources would have other scales")
    }
    if policy.roundsPassesAtRandom {
      throw .usage(
        "--policy \(name) rounds its passes at random: sets of sources would draw other words")
    }
    if policy.isMPFR || policy == .fp64 {
      throw .usage("--policy \(name) is a reference: it has no error to divide")
    }
  }

  /// The line that makes the result again; the folder and the threads do not change it.
  private var commandLine: String {
    var words = CommandWords("halfway", "attribute")
    words.add("--model", trained.model)
    words.add("--policy", policy)
    if of != .gradients { words.add("--of", of.rawValue) }
    words.add("--scale", scale)
    if layers {
      words.add("--layers")
      words.add("--orders", orders)
    }
    moments.add(to: &words)
    trained.add(to: &words)
    return words.line
  }
}

extension AttributedQuantity: ExpressibleByArgument {}
