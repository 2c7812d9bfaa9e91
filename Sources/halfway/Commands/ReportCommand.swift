// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import ExperimentFiles
import Formats
import Foundation
import MPFROracle
import Measurements
import Reports
import Verification
import Words
import Work

/// `halfway report`: proves the arithmetic, trains the twins and writes what both say as one page.
struct ReportCommand: ExemplifiedCommand, ThreadedCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Proves the arithmetic, trains in several precisions and writes a report on both.",
    discussion: """
      Compares all operations of fp16, bf16 and fp32 with MPFR in all roundings, over boundary and \
      level 1 cases; then trains one model under each policy beside an fp64 reference. Writes \
      index.html, report.json, data/*.csv and figures/*.svg with their pgfplots sources.
      """)

  static let examples = [
    Example("halfway report", "the shipped text, 200 steps, into reports/mixed-precision-step"),
    Example(
      "halfway report --data my.txt --steps 500 --output reports/mine", "a text of one's own"),
  ]

  @Option(
    name: .long,
    help: ArgumentHelp("Where the report goes; made where missing.", valueName: "folder"),
    completion: .directory)
  var output = "reports/mixed-precision-step"

  @Option(
    name: .long, parsing: .unconditional, help: "Optimizer steps.",
    transform: Options.whole(ExperimentDescription.stepRange))
  var steps: Int?

  @Option(
    name: .long, help: ArgumentHelp("The training text, UTF-8.", valueName: "file"),
    completion: .file())
  var data: String?

  @Option(
    name: .long, help: "Policies to compare with fp64; those of halfway train by default.",
    completion: Completions.policies)
  var policies: String?

  @Option(
    name: .long, parsing: .unconditional, help: "Seed of the initial weights and of the batches.",
    transform: Options.whole(0...UInt64.max))
  var seed: UInt64?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Further runs of the reference on other batches: what chance does.",
    transform: Options.whole(ExperimentDescription.seedsRange))
  var seeds: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Seeds of other batches that every policy is trained on, too: what is systematic.",
    transform: Options.whole(ExperimentDescription.seedsRange))
  var pairedSeeds: Int?

  @OptionGroup var threading: ThreadOptions

  @Flag(
    name: .long, help: "Take up the interrupted training whose checkpoint is in the folder.")
  var resume = false

  func run() throws {
    if output.isEmpty { throw CommandExit.usage("--output is empty: name a folder") }
    let folder = ReportFolder(path: output)
    let session = try trainCommand().session()
    let experiment = try session.experiment()
    let lock = try folder.prepare()
    defer { lock.release() }
    let started = Date()
    let clock = ContinuousClock()
    let origin = clock.now
    let proof = try verify()
    let runner = try TrainingRunner(experiment, folder: folder.path, resumes: resume)
    var training = try runner.run()
    training.timing = nil
    var report = MixedPrecisionStepReport(
      proof: proof, run: training,
      context: ReportContext(
        command: commandLine, started: started, seconds: (clock.now - origin) / .seconds(1)))
    report.savings = CostSources.savings(experiment)
    try folder.write(report)
    try folder.write(session.description.effective(on: experiment.task))
    let lines =
      report.verdict.lines.flatMap { Terminal.output.wrapped(Echo.plain($0)) }
      + ["Report: \(Echo.plain(folder.page))"]
    try StandardOutput.write(lines.map { $0 + "\n" }.joined())
    try runner.finish(training, folder: folder.path)
    if proof.tested == 0 { throw CommandExit(.nothingSelected, "no arithmetic was compared") }
    if !proof.holds { throw CommandExit(.findings) }
    if let inconclusive = Inconclusive(training), !inconclusive.isTooShort {
      throw CommandExit(
        .nothingSelected, "no verdict on the training is possible: \(inconclusive.reason)")
    }
  }

  /// `halfway train` with the options given here, so that both commands read and refuse alike.
  private func trainCommand() throws -> TrainCommand {
    var words: [String] = []
    if let steps { words += ["--steps", "\(steps)"] }
    if let data { words += ["--data=\(data)"] }
    if let policies { words += ["--policies=\(policies)"] }
    if let seed { words += ["--seed", "\(seed)"] }
    if let seeds { words += ["--seeds", "\(seeds)"] }
    if let pairedSeeds { words += ["--paired-seeds", "\(pairedSeeds)"] }
    if let threads = threading.threads { words += ["--threads", "\(threads)"] }
    return try TrainCommand.parse(words)
  }

  /// The line that makes the report again; the folder and the threads do not change it.
  private var commandLine: String {
    var words = CommandWords("halfway", "report")
    words.add("--steps", steps)
    words.add("--data", data)
    words.add("--policies", policies)
    words.add("--seed", seed)
    words.add("--seeds", seeds)
    words.add("--paired-seeds", pairedSeeds)
    return words.line
  }

  /// The counts of all operations of the three formats in all roundings.
  private func verify() throws -> ArithmeticProof {
    let reference = MPFRReference()
    let subject = SoftSubject()
    let formats: [Format] = [.fp16, .bf16, .fp32]
    let plan = Plan(
      Configuration(
        operations: ArithmeticOperation.allCases, formats: formats,
        targets: Format.named.map(\.format),
        roundings: Rounding.deterministic + [
          .stochastic(bits: Rounding.defaultStochasticBits, seed: 1)
        ],
        cases: [.boundary, .level1], subject: subject.name, reference: reference.name,
        mismatchLimit: 0),
      subject: subject)
    let progress = Progress("verify", total: plan.caseCount)
    let campaign = Campaign(plan: plan, subject: subject, reference: reference)
    let (state, isComplete) = campaign.run(
      control: WorkControl(
        threads: threading.count, isCancelled: { Interrupt.isRequested },
        report: { progress.report(completed: $0) }))
    progress.finish()
    guard isComplete else {
      throw Interrupt.end("interrupted while verifying; '\(output)' is as it was")
    }
    return VerificationResult(plan: plan, state: state).proof(
      reference: "MPFR \(Oracle.libraryVersion)")
  }
}
