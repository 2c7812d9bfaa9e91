// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// `halfway watched`: the report on a training run that `python -m halfway watch` recorded.
struct WatchedCommand: ExemplifiedCommand {
  static let configuration = CommandConfiguration(
    commandName: "watched",
    abstract: "Makes the report on a training run of another framework that was recorded.",
    discussion: """
      'python -m halfway watch -- train.py' records a run of PyTorch beside its FP64 twin and calls \
      this command at its end. Writes the report of halfway train (index.html, training.json, \
      steps.csv, data/, figures/) and event files for TensorBoard. A recording that breaks off is \
      read up to its last whole step. docs/pytorch.md has the definitions.
      """)

  static let examples = [
    Example("halfway watched run.halfway-recording", "the report, into reports/watched"),
    Example(
      "halfway watched run.halfway-recording --fail-on 'results.outcomes[*].status == diverged'",
      "a gate on a run of one's own"),
  ]

  @Argument(
    help: ArgumentHelp("What was recorded.", valueName: "recording"),
    completion: .file(extensions: ["halfway-recording"]))
  var recording: String

  @Option(
    name: .long,
    help: ArgumentHelp("Where the report goes; made where missing.", valueName: "folder"),
    completion: .directory)
  var output = "reports/watched"

  @OptionGroup var failOn: FailOnOptions

  @OptionGroup var gates: GateOptions

  @OptionGroup var outputOptions: OutputOptions

  func run() throws {
    let gate = try failOn.gate()
    if recording.isEmpty { throw CommandExit.usage("<recording> is empty: name a file") }
    if output.isEmpty { throw CommandExit.usage("--output is empty: name a folder") }
    var words = CommandWords("halfway", "watched")
    words.add(recording)
    try WatchedSession(recording: recording).report(
      folder: output, commandLine: words.line, outputOptions, gate: gate, gates: gates)
  }
}
