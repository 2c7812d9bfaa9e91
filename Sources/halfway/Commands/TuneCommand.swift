// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Conditions
import Costs
import ExperimentFiles
import Network
import Policies
import StepAnalysis
import Twins
import Words

/// `halfway tune`: the cheapest policy, layer by layer, that keeps stated bounds.
struct TuneCommand: ExemplifiedCommand, ThreadedCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune",
    abstract: "Finds the cheapest policy that keeps a bound on the error of a step.",
    discussion: """
      Begins with the cheapest formats, gives precision back to the layers whose shares of the error \
      are largest for its cost, takes away what the bound does not need, and holds the result on \
      other seeds and later steps. Writes the policy as a file for train and run. A bound names \
      gradientError, gradientCosine, lossError, largestLayerError, layers[layer=NAME].gradientError or \
      updateError in the grammar of docs/compare.md; one on updateError has the formats of kept weights \
      and of the optimizer's state searched, too. docs/tuning.md has the method and the sources of the costs.
      """)

  static let examples = [
    Example(
      "halfway tune --model transformer --bound 'gradientError < 1e-3'",
      "the fewest bytes, layer by layer"),
    Example(
      "halfway tune --bound 'gradientError < 0.02' --minimize time --machine h100",
      "the least modelled time; FP8 where it is enough"),
    Example(
      "halfway tune --bound 'gradientError < 1e-3' --bound 'layers[layer=output].gradientError < 1e-4'",
      "several bounds"),
    Example(
      "halfway tune --bound 'gradientError < 0.02' --bound 'updateError < 0.05' --optimizer adamw",
      "formats of kept weights and moments, too"),
    Example(
      "halfway tune --bound 'gradientError < 0.01' --minimize energy --machine mine.json5",
      "a machine of one's own"),
  ]

  @OptionGroup var trained: ModelOptions

  @Option(
    name: .long,
    help: ArgumentHelp(
      "What has to hold of a step's figures, such as 'gradientError < 1e-3'; repeatable.",
      valueName: "condition"))
  var bound: [String] = []

  @Option(
    name: .long,
    help: """
      What is made small: \(TuningObjective.allCases.map(\.rawValue).joined(separator: ", ")).
      """, completion: .list(TuningObjective.allCases.map(\.rawValue)))
  var minimize = TuningObjective.bytes.rawValue

  @Option(
    name: .long,
    help: """
      The machine of time and energy: \
      \(Machine.all.map(\.name).joined(separator: ", ")), or a file.json5 with name, peaks and \
      bandwidth.
      """, completion: .list(Machine.all.map(\.name)))
  var machine = Machine.h100.name

  @Option(
    name: .long,
    help: """
      The formats to choose among: \
      \(TuningLevel.allCases.map(\.rawValue).joined(separator: ", ")).
      """, completion: .list(TuningLevel.allCases.map(\.rawValue)))
  var formats = ["all"]

  @Option(
    name: .long,
    help:
      "The policy whose weights, optimizer and loss scaling are kept, or a file.json5 with one.",
    completion: Completions.policies)
  var base = "fp16-amp"

  @OptionGroup var searched: StepOptions

  @Option(
    name: .long, parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Later steps at which the result has to hold, too; by default 100, or the last of --steps.",
      valueName: "steps"))
  var heldOutAt: [String] = []

  @Option(
    name: .long, parsing: .unconditional,
    help: "On how many further seeds the result has to hold, at all of those steps.",
    transform: Options.whole(0...64))
  var heldOutSeeds = 2

  @OptionGroup var threading: ThreadOptions

  @Option(
    name: .long,
    help: ArgumentHelp(
      """
      Where the report goes, with tuning.json and policy.json5; made where missing. By default \
      reports/tune-<model>.
      """,
      valueName: "folder"), completion: .directory)
  var output: String?

  @OptionGroup var failOn: FailOnOptions

  @OptionGroup var gates: GateOptions

  @OptionGroup var outputOptions: OutputOptions

  func run() throws {
    let gate = try failOn.gate()
    if output?.isEmpty ?? false { throw CommandExit.usage("--output is empty: name a folder") }
    let bounds = try readBounds()
    let objective: TuningObjective = try Options.named(
      minimize, kind: "objective", option: "--minimize")
    let levels: [TuningLevel] = try Options.named(formats, kind: "format", option: "--formats")
    let (machine, files) = try selectedMachine()
    let steps = searched.steps
    let early = try searched.selected(byDefault: Self.moments)
    let later = heldOutAt.isEmpty ? ["\(min(100, steps))"] : heldOutAt
    let heldOut = try StepList(later, option: "--held-out-at", within: steps).steps
      .filter { !early.contains($0) }
    var description = ExperimentDescription()
    try trained.describe(&description, steps: steps)
    description.name = "tune-\(description.model)"
    let selection = try PolicySelection([base], option: "--base")
    guard selection.policies.count == 1, let kept = selection.policies.first else {
      throw CommandExit.usage("--base names \(selection.policies.count) policies, and takes one")
    }
    try refuse(kept)
    description.policies = [kept]
    try description.refuseClipping("tuning", option: "--base")
    var session = TrainingSession(
      description: description, files: selection.files, threads: threading.count)
    session.otherInputs = files
    try TuningSession(
      training: session, base: kept, bounds: bounds, objective: objective, levels: levels,
      machine: machine, steps: early, heldOutSteps: heldOut, heldOutSeeds: heldOutSeeds,
      command: commandLine
    ).run(
      folder: output ?? "reports/\(description.name)", outputOptions, gate: gate, gates: gates)
  }

  /// The steps that the search looks at unless said.
  private static let moments = [1, 50]

  /// The bounds; throws status 64 without one and on one that cannot be read.
  private func readBounds() throws(CommandExit) -> TuningBounds {
    guard !bound.isEmpty else {
      throw .usage("--bound is missing: say what has to hold, such as 'gradientError < 1e-3'")
    }
    var conditions: [Condition] = []
    for text in bound {
      do throws(ConditionProblem) {
        let condition = try Condition(text)
        conditions.append(condition)
      } catch {
        throw TuningSession.usage(error, of: text)
      }
    }
    for condition in conditions {
      guard let offset = condition.otherOffset else { continue }
      let complaint = Caret.complaint(
        "'other' is for halfway compare, which has another document", about: condition.text,
        at: offset)
      throw CommandExit(.usage, "--bound: \(complaint.message)", details: complaint.details)
    }
    return TuningBounds(conditions)
  }

  /// The machine, and the file that it came from.
  private func selectedMachine() throws(CommandExit) -> (Machine, files: [String]) {
    if machine.lowercased().hasSuffix(".json5") {
      return (try ExperimentInput.machine(machine), [machine])
    }
    guard let known = Machine.named(machine) else {
      throw .usage(
        NearestNames.complaint(
          kind: "machine", name: machine, known: Machine.all.map(\.name),
          also: ", or a file.json5", option: "--machine"))
    }
    return (known, [])
  }

  /// Throws status 64 for a policy that cannot be tuned.
  private func refuse(_ policy: Policy) throws(CommandExit) {
    let name = Echo.word(policy.name)
    if policy.workers != nil {
      throw .usage("--base \(name) has simulated workers: tuning is of one process")
    }
    if policy.microBatches != nil {
      throw .usage("--base \(name) has micro-batches: tuning is of one backward pass")
    }
    if policy.lossScaling?.layers != nil {
      throw .usage("--base \(name) has a loss scale for each layer: tuning is under one scale")
    }
    if policy.held != .fp32 {
      throw .usage("--base \(name) is a reference: name a policy whose tensors are at most FP32's")
    }
  }

  /// The line that makes the result again; the folder and the threads do not change it.
  private var commandLine: String {
    var words = CommandWords("halfway", "tune")
    words.add("--model", trained.model)
    for text in bound { words.add("--bound", text) }
    words.add("--minimize", minimize)
    words.add("--machine", machine)
    words.add("--formats", formats.joined(separator: ","))
    words.add("--base", base)
    searched.add(to: &words, byDefault: Self.moments)
    if !heldOutAt.isEmpty { words.add("--held-out-at", heldOutAt.joined(separator: ",")) }
    words.add("--held-out-seeds", heldOutSeeds)
    trained.add(to: &words)
    return words.line
  }
}
