// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// `halfway compare`: two results of one command, value by value.
struct CompareCommand: ExemplifiedCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compares two results of one command: what is worse, better, other.",
    discussion: """
      Takes the JSON of two runs, a report's training.json included, and tells every value that \
      differs outside timing, run, environment, started and seconds. Ends with status 1 where a \
      figure is worse, or, with --fail-on, where a condition holds; 2 for documents of different \
      schemas, 3 where the configurations differ in what determines the figures. docs/compare.md \
      has the figures, what counts as noise, and the grammar of conditions.
      """)

  static let examples = [
    Example("halfway compare before.json after.json", "what changed, worse first"),
    Example(
      "halfway compare before.json after.json --fail-on 'summary.misrounded > 1.01 * other'",
      "a gate: at most one per cent more results not nearest"),
    Example(
      "halfway compare old/training.json new/training.json --fail-on 'results.outcomes[policy=fp16-amp].finalLoss > other + 0.1'",
      "a gate on one policy's loss"),
  ]

  @Argument(
    help: ArgumentHelp("The result to compare with.", valueName: "before.json"),
    completion: .file(extensions: ["json"]))
  var before: String

  @Argument(
    help: ArgumentHelp("The result that is judged.", valueName: "after.json"),
    completion: .file(extensions: ["json"]))
  var after: String

  @Option(
    name: .customLong("fail-on"),
    help: ArgumentHelp(
      """
      End with status 1 where this holds of the second result, such as \
      'summary.mismatches > other', the first one's value; repeatable. Only conditions decide then.
      """, valueName: "condition"))
  var conditions: [String] = []

  @OptionGroup var gates: GateOptions

  @OptionGroup var output: OutputOptions

  func run() throws {
    for (name, path) in [("<before.json>", before), ("<after.json>", after)] where path.isEmpty {
      throw CommandExit.usage("\(name) is empty: name a file")
    }
    let gate = try DocumentGate(conditions)
    try gates.checkFiles(output, beside: OwnFiles(read: [before, after]))
    let stopwatch = Stopwatch()
    let result = try ComparisonResult(
      try ResultFile(before), try ResultFile(after), gate: gate)
    let shown = ComparisonOutput(result: result)
    try output.write(shown)
    try gates.report(of: "compare").publish(shown.tests, seconds: stopwatch.seconds)
    if let end = result.end { throw end }
  }
}
