// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import ExperimentFiles
import Foundation

/// `halfway run`: runs the experiment that a file describes.
struct RunCommand: ExemplifiedCommand, ThreadedCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs the experiment that a file describes.",
    discussion: """
      The file is JSON5: docs/experiments.md defines every key, 'halfway train --print-experiment' \
      writes one, and 'halfway policies' shows policies as they stand in it. Paths in the file begin \
      at its folder.
      """)

  static let examples = [
    Example(
      "halfway run Experiments/mixed-precision-step/experiment.json5",
      "the training of halfway report"),
    Example(
      "halfway run mine.json5 --output reports/mine", "an experiment of one's own"),
  ]

  @Argument(
    help: ArgumentHelp("The experiment's file.", valueName: "experiment.json5"),
    completion: Completions.experiments)
  var experiment: String

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

  @OptionGroup var failOn: FailOnOptions

  @OptionGroup var gates: GateOptions

  @OptionGroup var outputOptions: OutputOptions

  func run() throws {
    let gate = try failOn.gate()
    if experiment.isEmpty { throw CommandExit.usage("<experiment.json5> is empty: name a file") }
    if output?.isEmpty ?? false { throw CommandExit.usage("--output is empty: name a folder") }
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
}
