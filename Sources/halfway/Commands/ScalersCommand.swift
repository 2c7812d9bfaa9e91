// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Measurements
import Policies
import Reports
import StepAnalysis
import TensorFiles
import Words

/// `halfway scalers`: a trace of overflows through the rules by which frameworks scale the loss.
struct ScalersCommand: ExemplifiedCommand {
  static let configuration = CommandConfiguration(
    commandName: "scalers",
    abstract: "Shows what each framework's loss scaling makes of a trace of overflows.",
    discussion: """
      A trace is a pattern of steps, ok, inf or nan, with repetitions and groups; a file of one; or \
      the training.json of a run, whose skipped steps are its overflows. docs/metrics.md has \
      the rules with their sources.
      """)

  static let examples = [
    Example("halfway scalers 'ok*3,inf,ok*2000'", "one overflow, and when each scale grows again"),
    Example("halfway scalers '(inf,ok)*5'", "who halves at each overflow, and who forgives"),
    Example(
      "halfway scalers inf*170 --rules torch,deepspeed,fairseq",
      "where a scale ends that only falls"),
    Example(
      "halfway scalers reports/train-mlp/training.json --output reports/scalers",
      "the overflows of a run, with a figure"),
  ]

  @Argument(
    help: ArgumentHelp(
      "A pattern, the path of a file with one, or of a run's training.json.", valueName: "trace"),
    completion: .file())
  var trace: String

  @Option(
    name: .long,
    help: """
      Rules: \(LossScaling.presets.map(\.name).joined(separator: ", ")), fixed:S, all.
      """, completion: Completions.lossScalings)
  var rules = ["all"]

  @Option(
    name: .long,
    help: "The policy of a run whose overflows are taken; by default the first that scales.")
  var policy: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Also write a report with a figure; made where missing.", valueName: "folder"),
    completion: .directory)
  var output: String?

  @OptionGroup var failOn: FailOnOptions

  @OptionGroup var gates: GateOptions

  @OptionGroup var outputOptions: OutputOptions

  func run() throws {
    let gate = try failOn.gate()
    if output?.isEmpty ?? false { throw CommandExit.usage("--output is empty: name a folder") }
    let rules = try selectedRules()
    let input = try TraceInput(trace, policy: policy)
    var own = OwnFiles()
    own.read = input.path.map { [$0] } ?? []
    guard gates.junit == nil || !gate.isEmpty else {
      throw CommandExit.usage("--junit has a test for each --fail-on, and there is none")
    }
    try gates.checkFiles(outputOptions, beside: own)
    let (started, stopwatch) = (Date(), Stopwatch())
    let courses = rules.map { rule in
      ScalerSimulation.course(rule, input.trace, isCancelled: { Interrupt.isRequested })
    }
    let report = ScalerReport(
      trace: input.source, steps: input.trace.steps, overflows: input.trace.overflows,
      courses: courses,
      context: ReportContext(
        command: commandLine, started: started, seconds: stopwatch.seconds))
    var result = ScalerOutput(report: report)
    try Interrupt.check("interrupted; no result was written")
    if let output {
      let folder = ReportFolder(path: output, document: "scalers.json")
      var written = folder.ownFiles
      written.read = own.read
      try written.refuseInputs(output: output)
      try written.refuse(outputOptions.exports)
      let lock = try folder.prepare()
      defer { lock.release() }
      result.page = folder.page
      let document = ReportFile(path: "scalers.json", text: try JSONText.encode(result.document))
      try folder.write(
        report.files() + [document], removing: report.possiblePaths)
    }
    try outputOptions.write(result)
    try gates.report(of: "scalers").publish(
      gate.conditionTests(of: result), seconds: stopwatch.seconds)
    if let end = gate.end(after: result, hasFindings: false) { throw end }
  }

  private func selectedRules() throws(CommandExit) -> [LossScaling] {
    var rules: [LossScaling] = []
    for name in Options.names(self.rules) {
      let found: [LossScaling]
      if name.lowercased() == "all" {
        found = LossScaling.presets
      } else if let rule = LossScaling(named: name) {
        found = [rule]
      } else {
        throw .usage(
          NearestNames.complaint(
            kind: "loss scaling", name: name, known: LossScaling.presets.map(\.name),
            also: ", fixed:S with a finite S above 0, all", option: "--rules"))
      }
      for rule in found where !rules.contains(rule) { rules.append(rule) }
    }
    return rules
  }

  private var commandLine: String {
    var words = CommandWords("halfway", "scalers")
    words.add(trace)
    words.add("--rules", rules.joined(separator: ","))
    words.add("--policy", policy)
    return words.line
  }
}
