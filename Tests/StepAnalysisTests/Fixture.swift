// SPDX-License-Identifier: Apache-2.0
import Datasets
import Models
import Network
import Policies
import TensorFiles
import Twins

/// A small experiment on a small text.
enum Fixture {
  static let line = "the quick brown fox jumps over the lazy dog and then it rests a while. "

  static func text(context: Int = 4) throws -> CharacterText {
    try CharacterText(
      FileContents(path: "fox.txt", bytes: Array(String(repeating: line, count: 20).utf8)),
      context: context)
  }

  static func mlp(
    _ policies: [Policy], steps: Int = 4, optimizer: Optimizer = Optimizer(.sgd, learningRate: 0.1),
    threads: Int = 1
  ) throws -> TwinExperiment {
    TwinExperiment(
      task: .mlp(try text(), batch: 8, context: 4, embedding: 4, hidden: [16]),
      policies: policies, optimizer: optimizer, steps: steps, threads: threads)
  }

  /// A transformer with the layers of later ones: SiLU, root mean square, rotary positions, keys and
  /// values shared by two heads, smoothed labels.
  static func laterTransformer(_ policies: [Policy]) throws -> TwinExperiment {
    var sizes = TrainingTask.Sizes(batch: 2, context: 8, width: 32, depth: 1)
    sizes.layers.normalization = .rms
    sizes.layers.epsilon = 1e-6
    sizes.layers.positions = .rotary
    sizes.layers.keyValueHeads = 1
    sizes.layers.labelSmoothing = 0.1
    return try transformer(policies, sizes, activation: .silu)
  }

  static func transformer(
    _ policies: [Policy],
    _ sizes: TrainingTask.Sizes = TrainingTask.Sizes(batch: 2, context: 8, width: 16, depth: 1),
    activation: ActivationFunction = .gelu, optimizer: Optimizer = Optimizer(.adamw),
    threads: Int = 1
  ) throws -> TwinExperiment {
    guard
      let task = TrainingTask.language(
        "transformer", try text(context: 8), sizes, activation: activation)
    else { preconditionFailure("no transformer") }
    return TwinExperiment(
      task: task, policies: policies, optimizer: optimizer, steps: 4, threads: threads)
  }
}
