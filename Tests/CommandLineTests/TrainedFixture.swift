// SPDX-License-Identifier: Apache-2.0
import Datasets
import Measurements
import Models
import Network
import Policies
import Reports
import TensorFiles
import Twins

/// Small models that are really trained, for verdicts whose right answer is known.
enum TrainedFixture {
  private static let line =
    "the quick brown fox jumps over the lazy dog and then it rests a while. "

  static func text(context: Int = 4) throws -> CharacterText {
    try CharacterText(
      FileContents(path: "fox.txt", bytes: Array(String(repeating: line, count: 20).utf8)),
      context: context)
  }

  /// A character model with one hidden layer.
  static func task(hidden: [Int] = [16], activation: ActivationFunction = .gelu) throws
    -> TrainingTask
  {
    .mlp(
      try text(), batch: 8, context: 4, embedding: 4, hidden: hidden, activation: activation)
  }

  /// The run of a small task, everything measured at every step.
  static func run(
    _ policies: [Policy], _ task: TrainingTask? = nil, steps: Int,
    optimizer: Optimizer = Optimizer(.sgd)
  ) throws -> TrainingRun {
    TwinExperiment(
      task: try task ?? self.task(), policies: policies, optimizer: optimizer, steps: steps,
      seed: 1, localEvery: 1
    ).run()
  }

  static func report(_ run: TrainingRun) -> MixedPrecisionStepReport {
    MixedPrecisionStepReport(
      proof: nil, run: run,
      context: ReportContext(
        command: "", tool: "", environment: [], run: .init(started: "", seconds: 0)))
  }
}
