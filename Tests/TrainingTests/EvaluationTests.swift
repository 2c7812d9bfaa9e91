// SPDX-License-Identifier: Apache-2.0
import Measurements
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

/// The trained models' predictions.
@Suite struct EvaluationTests {
  @Test("Loss, accuracy, calibration and divergence of predictions done by hand")
  func scores() throws {
    // Two classes with probabilities 3/4 and 1/4, then 1/2 each.
    let ln3 = 1.0986122886681098
    let own = ClassPredictions(logits: [ln3, 0, 0, 0], classes: 2, targets: [0, 1])
    let scores = own.scores
    #expect(scores.count == 2 && scores.correct == 1)
    let expected = (0.28768207245178090 + 0.69314718055994531) / 2
    #expect((try #require(scores.loss) - expected).magnitude < 1e-15)
    // Bins (3/4: right) and (1/2: wrong): (|1 - 3/4| + |0 - 1/2|) / 2.
    #expect((try #require(scores.calibrationError) - 0.375).magnitude < 1e-15)
    let other = ClassPredictions(logits: [0, ln3, 0, 0], classes: 2, targets: [0, 1])
    let difference = other.difference(from: own)
    #expect(difference.flips == 1 && difference.count == 2 && difference.logits == 4)
    #expect(difference.largest == ln3)
    // KL((3/4, 1/4) ‖ (1/4, 3/4)) = ln(3)/2.
    #expect((try #require(difference.divergence) - ln3 / 4).magnitude < 1e-15)
  }

  @Test(
    "The reference's own policy differs nowhere; narrow ones do, and their arithmetic alone too")
  func differences() throws {
    let run = try Fixture.experiment([.fp64, .bf16Pure], steps: 20).run()
    #expect(run.configuration.evaluationSets.map(\.name) == ["clean", "characters 3"])
    #expect(run.configuration.isHeldOut)
    let same = try #require(run.policies[0].evaluation)
    #expect(same.scores == run.reference.evaluation?.scores)
    let all = same.differences + [same.training, same.inference].compactMap(\.self)
    #expect(all.count == 4 && all.allSatisfy { $0.largest == 0 && $0.flips == 0 })
    let narrow = try #require(run.policies[1].evaluation)
    let (training, inference) = (
      try #require(narrow.training), try #require(narrow.inference)
    )
    #expect(training.largest > 0 && inference.largest > 0)
    #expect(try #require(narrow.differences[0].divergence) > 0)
  }

  @Test("Held-out characters are no part of any batch")
  func heldOut() throws {
    let text = try Fixture.text()
    let range = try #require(text.heldOut)
    #expect(range.upperBound == text.tokens.count && range.count == text.tokens.count / 10)
    let source = TextBatches(text, size: 64, context: 4, target: .each, seed: 3)
    var greatest = 0
    for step in 1...50 { greatest = max(greatest, source.starts(step: step).max() ?? 0) }
    #expect(greatest + 4 < range.lowerBound && greatest > range.lowerBound / 2)
  }

  @Test("Batch normalization outside training uses running averages, as they are defined")
  func runningAverages() throws {
    let context = StepContext()
    let batch = BatchStatistics(
      mean: Kernel<Double>.tensor([2], as: .fp64, context) { [4, -2][$0] },
      variance: Kernel<Double>.tensor([2], as: .fp64, context) { [3, 6][$0] }, count: 4)
    var averages = RunningStatistics(channels: 2, .fp64, context)
    averages.add(batch, .fp64, layer: "norm", context)
    func isClose(_ tensor: Tensor, _ expected: [Double]) -> Bool {
      zip(tensor.doubles, expected).allSatisfy { ($0 - $1).magnitude < 1e-15 }
    }
    #expect(isClose(averages.mean, [0.4, -0.2]))
    #expect(isClose(averages.variance, [0.9 + 0.1 * 3 * 4 / 3, 0.9 + 0.1 * 6 * 4 / 3]))
    let x = Kernel<Double>.tensor([1, 2, 1, 2], as: .fp64, context) { [1, 2, 3, 4][$0] }
    let one = Kernel<Double>.tensor([2], as: .fp64, context) { _ in 2 }
    let zero = Kernel<Double>.tensor([2], as: .fp64, context) { _ in 1 }
    let y = RunningNormalization(statistics: averages).forward(
      [x, one, zero], Kernel<Double>(rule: Policy.fp64.rule, context: context)
    ).output
    let expected = [(1, 0), (2, 0), (3, 1), (4, 1)].map { value, channel in
      let (m, v) = ([0.4, -0.2][channel], [1.3, 1.7][channel])
      return 2 * (value - m) / (v + 1e-5).squareRoot() + 1
    }
    #expect(zip(y.doubles, expected).allSatisfy { ($0 - $1).magnitude < 1e-14 })
  }

  @Test("A class that only the held-out images have gets a logit of its own")
  func unseenClass() throws {
    let shape = ImageShape(channels: 1, height: 4, width: 4)
    func set(_ labels: [UInt8]) -> ImageSet {
      ImageSet(
        shape: shape, pixels: labels.flatMap { [UInt8](repeating: $0, count: 16) }, labels: labels)
    }
    let images = NamedImages(name: "two", images: set([0, 1, 0, 1]), test: set([0, 1, 5]))
    let task = try TrainingTask.cnn(images, batch: 2, widths: [2], blocks: 1)
    let run = TwinExperiment(
      task: task, policies: [.fp32], optimizer: Optimizer(.sgd), steps: 2
    ).run()
    #expect(run.policies[0].evaluation?.scores[0].count == 3)
    #expect(run.reference.evaluation?.scores[0].nonFinite == 0)
  }
}
