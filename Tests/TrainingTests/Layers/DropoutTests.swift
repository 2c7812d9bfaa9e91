// SPDX-License-Identifier: Apache-2.0
import Measurements
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

@Suite("Dropout in models")
struct DropoutTests {
  private func run(_ dropout: Double) throws -> [TrainingRun] {
    let text = try Fixture.text(context: 8)
    return [
      TrainingTask.mlp(text, batch: 8, context: 4, embedding: 4, hidden: [32], dropout: dropout),
      .transformer(text, batch: 4, context: 8, width: 8, blocks: 1, heads: 2, dropout: dropout),
    ].map { task in
      TwinExperiment(task: task, policies: [.fp64], optimizer: Optimizer(.sgd), steps: 2)
        .run()
    }
  }

  @Test("A share of the values is dropped, the same ones in every twin; none at 0")
  func dropped() throws {
    for (with, without) in zip(try run(0.25), try run(0)) {
      let series = with.reference.tensors.filter {
        $0.tag.operation == "dropout" && $0.tag.kind == .activation
      }
      let range = series.reduce(into: RangeCounts()) { $0.merge($1.totalRange) }
      let share = 1 - Double(range.nonzero) / Double(range.elements)
      #expect(share > 0.18 && share < 0.32, "\(with.configuration.model): \(share)")
      #expect(!without.reference.tensors.contains { $0.tag.operation == "dropout" })
      #expect(with.configuration.architecture.hasSuffix(", dropout 0.25"))
      #expect(
        with.policies[0].tensors.flatMap(\.points).allSatisfy {
          $0.deviation.differenceSquares == 0
        })
      #expect(with.reference.steps[0].loss != without.reference.steps[0].loss)
    }
  }
}
