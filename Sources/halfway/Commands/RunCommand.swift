// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import ExperimentFiles
import Foundation
import Words
import Work

/// `halfway run`: runs the experiment that a file describes.
struct RunCommand: ExemplifiedCommand, ThreadedCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs the experiment that a file describes.",
    discussion: """
      The file is JSON5: docs/experiments.md defines every key, 'halfway train --print-experiment' \
      writes one, and 'halfway policies' shows policies as they stand in it. Paths in the file begin \
      at its folder. A file with lists where an experiment has one value is a study: the grid that \
      they span is run, what is finished is skipped, and a report puts it together \
      (docs/studies.md). A claims.json5 has claims with a command each (docs/claims.md); --all puts \
      those of every experiment to the test.
      """)

  static let examples = [
    Example(
      "halfway run Experiments/mixed-precision-step/experiment.json5",
      "the training of halfway report"),
    Example(
      "halfway run mine.json5 --output reports/mine", "an experiment of one's own"),
    Example(
      "halfway run Experiments/width/study.json5",
      "gradient error against width, over seeds, for three policies"),
    Example("halfway run --all", "every claim of every folder in Experiments"),
  ]

  @Argument(
    help: ArgumentHelp(
      "The file of an experiment or of claims; with --all the folder of experiments.",
      valueName: "experiment.json5"),
    completion: Completions.experiments)
  var experiment: String?

  @Flag(
    name: .long, help: "Put the claims of every experiment in a folder, Experiments, to the test.")
  var all = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      """
      Where the report goes, with training.json and steps.csv; made where missing. By default \
      reports/<name of the experiment>.
      """, valueName: "folder"), completion: .directory)
  var output: String?

  @OptionGroup var threading: ThreadOptions

  @Option(
    name: .long, parsing: .unconditional,
    help: "Further runs of the reference on other batches; those of the file by default.",
    transform: Options.whole(ExperimentDescription.seedsRange))
  var seeds: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Seeds of other batches that every policy is trained on; those of the file by default.",
    transform: Options.whole(ExperimentDescription.seedsRange))
  var pairedSeeds: Int?

  @Flag(name: .long, help: "Take up the interrupted run whose checkpoint is in the folder.")
  var resume = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      """
      Run the i-th of n parts of a study's points and make no report: for several machines. The \
      same command without it makes the report.
      """, valueName: "i/n"))
  var shard: String?

  @OptionGroup var failOn: FailOnOptions

  @OptionGroup var gates: GateOptions

  @OptionGroup var outputOptions: OutputOptions

  func run() throws {
    let gate = try failOn.gate()
    if let claims = try claims() {
      return try claims.run(outputOptions, gate: gate, gates: gates)
    }
    guard let experiment else {
      throw CommandExit.usage("<experiment.json5> is missing: name a file, or --all")
    }
    if experiment.isEmpty { throw CommandExit.usage("<experiment.json5> is empty: name a file") }
    if output?.isEmpty ?? false { throw CommandExit.usage("--output is empty: name a folder") }
    if let study = try ExperimentInput.study(experiment) {
      return try session(study, file: experiment).run(
        folder: output ?? "reports/\(study.description.name)", outputOptions, gate: gate,
        gates: gates)
    }
    if shard != nil {
      throw CommandExit.usage(
        "--shard is for studies, and '\(Echo.path(experiment))' has no lists: it is one experiment")
    }
    let file = try ExperimentInput.experiment(experiment)
    var description = file.description
    description.seeds = seeds ?? description.seeds
    description.pairedSeeds = pairedSeeds ?? description.pairedSeeds
    let session = TrainingSession(
      description: description, file: file, files: [file.policies],
      threads: threading.count)
    var words = CommandWords("halfway", "run")
    words.add(experiment)
    words.add("--seeds", seeds)
    words.add("--paired-seeds", pairedSeeds)
    try session.run(
      folder: output ?? "reports/\(file.description.name)", resumes: resume,
      commandLine: words.line, outputOptions, gate: gate, gates: gates)
  }

  /// The study of a file; throws status 64 for options that have no effect on it.
  private func session(_ study: StudyFile, file: String) throws(CommandExit) -> StudySession {
    var part: Shard?
    if let shard {
      part = Shard(name: shard)
      guard part != nil else {
        throw .usage(
          "--shard is i/n with 1 <= i <= n <= \(Shard.largestCount), not '\(Echo.word(shard))'")
      }
      let given = [
        ("--export", !outputOptions.exports.isEmpty), ("--fail-on", !failOn.conditions.isEmpty),
        ("--junit", gates.junit != nil), ("--output-format", outputOptions.outputFormat != .text),
      ].first { $0.1 }
      if let given {
        throw .usage("\(given.0) has no effect beside --shard, which makes no result")
      }
    }
    var overrides: [String] = []
    for (option, value) in [("--seeds", seeds), ("--paired-seeds", pairedSeeds)] {
      if let value { overrides += [option, "\(value)"] }
    }
    var words = CommandWords("halfway", "run")
    for word in [file] + overrides { words.add(word) }
    return StudySession(
      study: study, threads: threading.count, overrides: overrides, shard: part,
      command: words.line)
  }

  /// The claims that are to be tested; nil where an experiment is to be run. Throws status 64 for
  /// options that have no effect on claims.
  private func claims() throws(CommandExit) -> ClaimSession? {
    let isFile =
      experiment.map { URL(fileURLWithPath: $0).lastPathComponent == ClaimFile.fileName } ?? false
    guard all || isFile else { return nil }
    let given = [
      ("--output", output != nil), ("--seeds", seeds != nil),
      ("--paired-seeds", pairedSeeds != nil), ("--resume", resume), ("--shard", shard != nil),
    ].first { $0.1 }
    if let given { throw .usage("\(given.0) has no effect on claims") }
    if let experiment, isFile, !all {
      return try ClaimSession(file: experiment, threads: threading.count)
    }
    return try ClaimSession(folder: experiment ?? "Experiments", threads: threading.count)
  }
}
