// SPDX-License-Identifier: Apache-2.0
import Datasets
import Formats
import Models
import Network
import Policies
import SoftFloat
import TensorFiles
import TestSupport
import Testing
import Twins

@testable import ExperimentFiles

/// What the fields of policies may be, as texts of a file.
private struct PolicyDraw {
  var draw: Draw

  private static let formats = [
    "'fp16'", "'bf16'", "'fp32'", "'e4m3'", "'e5m2'", "'tf32'", "'e5m7'",
  ]
  private static let sums = ["'fp16'", "'bf16'", "'fp32'", "'fp64'"]

  private mutating func rule() -> String {
    let formats = Self.formats + ["null"]
    let all = [
      "operands: " + draw.one(of: formats), "addends: " + draw.one(of: formats),
      "gradients: " + draw.one(of: formats),
      "scalesOperands: " + draw.one(of: ["true", "false"]),
      "output: " + draw.one(of: formats), "gradientOutput: " + draw.one(of: formats),
      "compute: " + draw.one(of: ["'fp32'", "'fp16'", "'bf16'", "'fp64'"]),
      "rounding: " + draw.one(of: ["'rz'", "'rne'", "'stochastic'", "'to-odd'"]),
      "reduction: "
        + draw.one(of: ["null", "{ format: 'bf16' }", "{ format: 'fp16', order: 'pairwise' }"]),
      "subnormals: " + draw.one(of: ["'ftz'", "'daz'", "'gradual'"]),
      "attentionTile: " + draw.one(of: ["1", "2", "9", "null"]),
      "accumulation: { format: \(draw.one(of: Self.sums)), order: '"
        + draw.one(of: [
          "pairwise', size: 3", "sequential'", "chunked', size: 5", "splitK', size: 3",
        ])
        + ", step: '" + draw.one(of: ["fused'", "productThenSum'"]) + " }",
      "accumulation: { format: \(draw.one(of: Self.sums)), order: 'matrixUnit', unit: '"
        + draw.one(of: MatrixUnit.allCases).rawValue + "' }",
    ]
    let chosen = all.filter { _ in draw.below(4) == 0 }
    return "{ " + (chosen.isEmpty ? [all[0]] : chosen).joined(separator: ", ") + " }"
  }

  mutating func policy() -> String {
    var parts = ["name: 'x', base: '\(draw.one(of: Policy.presets.map(\.name)))'"]
    if draw.below(3) == 0 { parts.append("rule: " + rule()) }
    if draw.below(4) == 0 { parts.append("attentionTile: 2") }
    if draw.below(2) == 0 {
      parts.append("classes: { \(draw.one(of: OperationClass.allCases).rawValue): \(rule()) }")
    }
    if draw.below(3) == 0 {
      let rule = rule().dropFirst(2)
      parts.append("layers: [{ pattern: '\(draw.one(of: ["*", "output", "h*"]))', \(rule)]")
    }
    if draw.below(4) == 0 { parts.append("weights: " + draw.one(of: Self.formats)) }
    if draw.below(4) == 0 {
      parts.append(
        "optimizer: { state: \(draw.one(of: Self.formats)), hyperparameters: "
          + draw.one(of: Self.formats + ["'torch'", "'compute'"]) + ", update: '"
          + draw.one(of: WeightUpdate.allCases).rawValue + "' }")
    }
    if draw.below(4) == 0 {
      parts.append(
        "workers: { count: 2, allReduce: '"
          + draw.one(of: DataParallelism.AllReduce.allCases).rawValue
          + "', format: \(draw.one(of: Self.formats)) }")
    }
    parts += stepFields()
    return "{ " + parts.joined(separator: ", ") + " }"
  }

  private mutating func stepFields() -> [String] {
    var parts: [String] = []
    if draw.below(8) == 0 {
      parts.append(
        "clipping: { gradients: '"
          + draw.one(of: GradientClipping.Gradients.allCases).rawValue
          + "', norm: \(draw.one(of: Self.formats)) }")
    }
    if draw.below(8) == 0 {
      parts.append("microBatches: { count: 2, format: \(draw.one(of: Self.formats)) }")
    }
    if draw.below(8) == 0 {
      parts.append("averages: { decay: 0.9, format: \(draw.one(of: Self.formats)) }")
    }
    return parts
  }
}

@Suite("Policies that are accepted")
struct AcceptedPoliciesTests {
  private func tasks() throws -> [TrainingTask] {
    let line = "the quick brown fox jumps over the lazy dog. "
    let text = try CharacterText(
      FileContents(path: "fox", bytes: Array(String(repeating: line, count: 9).utf8)), context: 8)
    let digits = NamedImages(generated: .digits, count: 8, seed: 1, threads: 1)
    return [
      .mlp(text, batch: 4, context: 4, embedding: 2, hidden: [5], dropout: 0.25),
      .transformer(text, batch: 2, context: 3, width: 4, blocks: 1, heads: 2),
      .lstm(text, batch: 2, context: 3, embedding: 2, units: 3),
      try .cnn(digits, batch: 2, widths: [2, 3], blocks: 1),
    ]
  }

  @Test("Whatever is accepted runs in every kind of model, shows what it is, and is read again")
  func run() throws {
    var source = PolicyDraw(draw: Draw(seed: 7))
    let tasks = try tasks()
    var accepted = 0
    for number in 0..<500 {
      let text = source.policy()
      let read = policies(text)
      guard let policy = read.policies.first else {
        #expect(!read.problems.isEmpty, "\(text)")
        continue
      }
      accepted += 1
      #expect(policies(PolicyWriter.text(policy)).policies == [policy], "\(text)")
      var optimizer = Optimizer(number % 2 == 0 ? .sgd : .adamw)
      optimizer.clipNorm = policy.clipping == nil ? nil : 0.5
      let parts = (policy.workers?.count ?? 1) * (policy.microBatches?.count ?? 1)
      let task = tasks[parts > 2 ? 0 : number % tasks.count]
      let experiment = TwinExperiment(
        task: task, policies: [policy], optimizer: optimizer, steps: 2, localEvery: 2)
      let result = experiment.run()
      #expect(result.policies[0].steps.count == 2)
    }
    #expect(accepted > 100 && accepted < 430, "\(accepted)")
  }
}
