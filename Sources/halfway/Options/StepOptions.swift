// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import ExperimentFiles

/// Which steps of a training are looked at: the options of commands that take none.
struct StepOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      """
      The steps of the reference's training that are looked at, from its weights; by default 1, and \
      1,50 for tune.
      """, valueName: "steps"))
  var at: [String] = []

  @Option(
    name: .long, parsing: .unconditional,
    help: "The steps of the whole training, which a schedule of the learning rate needs.",
    transform: Options.whole(ExperimentDescription.stepRange))
  var steps = 200

  /// The steps, ascending, each once; throws status 64 on what is none of the training's.
  func selected(byDefault steps: [Int] = [1]) throws(CommandExit) -> [Int] {
    try StepList(texts(byDefault: steps), option: "--at", within: self.steps).steps
  }

  private func texts(byDefault steps: [Int]) -> [String] {
    at.isEmpty ? steps.map(String.init) : at
  }

  /// Adds the options.
  func add(to words: inout CommandWords, byDefault steps: [Int] = [1]) {
    words.add("--at", texts(byDefault: steps).joined(separator: ","))
    words.add("--steps", self.steps)
  }
}
