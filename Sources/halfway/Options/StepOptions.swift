// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import ExperimentFiles

/// Which steps of a training are looked at: the options of commands that take none.
struct StepOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "The steps of the reference's training that are looked at, from its weights.",
      valueName: "steps"))
  var at = ["1"]

  @Option(
    name: .long, parsing: .unconditional,
    help: "The steps of the whole training, which a schedule of the learning rate needs.",
    transform: Options.whole(ExperimentDescription.stepRange))
  var steps = 200

  /// The steps, ascending, each once; throws status 64 on what is none of the training's.
  func selected() throws(CommandExit) -> [Int] {
    try StepList(at, option: "--at", within: steps).steps
  }

  /// Adds the options.
  func add(to words: inout CommandWords) {
    words.add("--at", at.joined(separator: ","))
    words.add("--steps", steps)
  }
}
