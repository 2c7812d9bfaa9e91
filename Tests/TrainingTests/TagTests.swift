// SPDX-License-Identifier: Apache-2.0
import Measurements
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

@Suite("Tags of tensors")
struct TagTests {
  @Test("A tag names one tensor of a step in every model, so that none is compared with another")
  func unique() throws {
    let text = try Fixture.text(context: 8)
    let digits = NamedImages(generated: .digits, count: 16, seed: 1, threads: 1)
    let shapes = NamedImages(
      generated: .shapes(side: 32, objects: 2), count: 8, seed: 1, threads: 1)
    let tasks: [TrainingTask] = [
      .mlp(text, batch: 4, context: 4, embedding: 4, hidden: [8, 8], dropout: 0.5),
      .transformer(text, batch: 4, context: 5, width: 8, blocks: 2, heads: 2, dropout: 0.5),
      .lstm(text, batch: 4, context: 5, embedding: 4, units: 6, layers: 2),
      try .cnn(digits, batch: 4, widths: [2, 3], blocks: 2),
      try .unet(shapes, batch: 2, widths: [2, 2, 3]),
      try .detector(shapes, batch: 2, widths: [2, 2, 2, 2]),
    ]
    for task in tasks {
      let run = TwinExperiment(
        task: task, policies: [.fp64, .fp16AMP, .fp16O2, .fp8Hybrid], optimizer: Optimizer(.sgd),
        steps: 2, localEvery: 1
      ).run()
      for policy in [run.reference] + run.policies {
        // A skipped step has no update and no new weights.
        let steps = 1...2
        for series in policy.tensors {
          #expect(
            Set(series.points.map(\.step)).count == series.points.count
              && steps.contains(series.points.count),
            "\(task.modelName), \(policy.policy.name): \(series.tag)")
        }
      }
      let own = run.policies[0].tensors.flatMap(\.points)
      #expect(own.allSatisfy { $0.deviation.differenceSquares == 0 }, "\(task.modelName)")
    }
  }
}
