// SPDX-License-Identifier: Apache-2.0
import TensorFiles

@testable import Training

/// A small text, a small model on it and a batch.
enum Fixture {
  static let line = "the quick brown fox jumps over the lazy dog and then it rests a while. "

  static func text(context: Int = 4) throws -> CharacterText {
    try CharacterText(
      FileContents(path: "fox.txt", bytes: Array(String(repeating: line, count: 20).utf8)),
      context: context)
  }

  static func model(
    _ activation: ActivationFunction = .gelu, hidden: [Int] = [8, 6]
  ) throws -> (CharacterMLP, Batch) {
    let text = try text()
    let model = CharacterMLP(
      vocabulary: text.vocabulary.count, context: 4, embedding: 3, hidden: hidden,
      activation: activation)
    return (model, Batches(text, size: 5, context: 4, seed: 11).batch(step: 1))
  }

  static func weights(_ model: CharacterMLP) -> [[Double]] { model.initialWeights(seed: 5) }

  static func experiment(
    _ policies: [Policy], steps: Int, optimizer: Optimizer = .sgd(learningRate: 0.5),
    threads: Int = 1, localEvery: Int = 2
  ) throws -> TwinExperiment {
    let text = try text()
    let model = CharacterMLP(
      vocabulary: text.vocabulary.count, context: 4, embedding: 4, hidden: [16])
    return TwinExperiment(
      text: text, model: model, policies: policies, optimizer: optimizer, steps: steps, batch: 8,
      seed: 1, localEvery: localEvery, threads: threads)
  }
}
