// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Reports
@testable import Twins

/// Verdicts on small models that are really trained, where the right answer is known.
@Suite struct TrainedVerdictTests {
  private func outcome(_ report: MixedPrecisionStepReport, _ policy: String) throws -> PolicyOutcome
  {
    try #require(report.outcomes.first { $0.policy == policy })
  }

  private func remedies(_ report: MixedPrecisionStepReport, _ policy: String) -> [Remedy] {
    report.remedies.filter { $0.policy == policy }
  }

  @Test("The keys' biases of attention are zero but for rounding: named once, and nobody's concern")
  func zeroGradients() throws {
    let task = TrainingTask.transformer(
      try TrainedFixture.text(context: 8), batch: 2, context: 8, width: 8, blocks: 1,
      heads: 2)
    var optimizer = Optimizer(.sgd, learningRate: 0.1)
    optimizer.momentum = 0.9
    let run = try TrainedFixture.run([.fp16AMP], task, steps: 3, optimizer: optimizer)
    // Queries, keys and values share a projection: its bias has the keys' in the middle.
    let zeros = try #require(run.reference.zeroGradients)
    #expect(zeros.map { "\($0.tag)" } == ["block1.qkv.bias weightGradient"], "\(zeros)")
    #expect(zeros.first?.elements == 24 && zeros.first?.ranges == [8..<16])
    let report = TrainedFixture.report(run)
    let outcome = try outcome(report, "fp16-amp")
    // Biases of queries of so small a model are genuinely too small for FP16 at first, 3 of 32;
    // with those of the keys it would be 19 of 48.
    #expect(outcome.concerns.allSatisfy { $0.cause == .zeroed && $0.share < 0.1 })
    #expect(report.verdict.findings.count { $0.hasPrefix("Zero but for rounding") } == 1)
  }

  @Test("A forward overflow in skipped steps is a concern that no scale helps, and is told as such")
  func forwardOverflow() throws {
    // Logits of 4 and more leave this format; FP64 trains on.
    var policy = Policy.fp16AMP
    policy.layers = [
      LayerRule(
        pattern: "output",
        rule: OperationRule(operands: .fp16, output: .format(try #require(Format(id: "e2m10")))))
    ]
    policy.lossScaling = .deepSpeed
    policy.lossScaling?.initial = 4
    let run = try TrainedFixture.run(
      [policy], try TrainedFixture.task(hidden: [16]), steps: 60,
      optimizer: Optimizer(.sgd, learningRate: 1.5))
    let record = try #require(run.policies[0].steps.first { $0.skipped })
    #expect(record.skip?.reason == .forward && record.skip?.tensor?.layer == "output")
    let summary = run.policies[0].summary
    #expect(summary.forwardSkips > 0 && summary.backwardSkips == 0)
    let report = TrainedFixture.report(run)
    let outcome = try outcome(report, "fp16-amp")
    let stop = try #require(summary.scalerStop)
    #expect(
      run.policies[0].steps.filter { $0.step > stop }.allSatisfy { $0.skip?.reason == .stopped })
    #expect(outcome.concerns.contains { $0.cause == .scalerStop && $0.firstStep == stop })
    #expect(outcome.concerns.contains { $0.cause == .forwardOverflow })
    let changes = remedies(report, "fp16-amp").map(\.change)
    #expect(!changes.contains { $0.contains("loss scale") }, "\(changes)")
    #expect(changes.contains { $0.contains("a format with more range") }, "\(changes)")
    #expect(report.verdict.findings.contains { $0.contains("would have raised an error") })
  }

  @Test("A scale falls for the format that a layer's gradients take, which the advice names")
  func layersOwnFormat() throws {
    var policy = Policy.fp16AMP
    // e3m10 ends at 2^4: gradients times 2^10 overflow there and nowhere else.
    let narrow = try #require(Format(id: "e3m10"))
    policy.layers = [
      LayerRule(
        pattern: "output",
        rule: OperationRule(
          operands: .fp16, gradients: .format(narrow), output: .fp16,
          gradientOutput: .format(narrow)))
    ]
    policy.lossScaling?.initial = 0x1p12
    let run = try TrainedFixture.run([policy], steps: 24)
    let report = TrainedFixture.report(run)
    let outcome = try outcome(report, "fp16-amp")
    #expect(outcome.windows.map(\.format) == ["e3m10", "fp16"])
    let summary = run.policies[0].summary
    #expect(summary.backwardSkips > 0 && summary.forwardSkips == 0)
    let advice = try #require(
      remedies(report, "fp16-amp").first { $0.change.hasPrefix("start the") })
    #expect(advice.evidence.contains("e3m10"), "\(advice)")
    let window = try #require(LossScaleWindow.common(outcome.windows))
    #expect(window.greatest < 0x1p12 && window.greatest == outcome.windows[0].greatest)
  }

  @Test("What is advised does not depend on whether a scale of 1 is written down, and was tried")
  func scaleOfOne() throws {
    func advice(_ scaling: LossScaling?) throws -> [Remedy] {
      var policy = Policy.fp16Pure
      policy.lossScaling = scaling
      var optimizer = Optimizer(.adam, learningRate: 0.001)
      optimizer.epsilon = 1e-4
      let run = try TrainedFixture.run([policy], steps: 20, optimizer: optimizer)
      return remedies(TrainedFixture.report(run), policy.name).filter {
        $0.change.contains("loss scale")
      }
    }
    let (without, with) = (try advice(nil), try advice(.fixed(1)))
    #expect(without.map(\.change) == with.map(\.change))
    for remedy in without + with {
      let trial = try #require(remedy.trial)
      #expect(trial.after.zeroed <= trial.before.zeroed / 2)
    }
  }

  @Test("Advice that was tried in vain is not given")
  func vainAdvice() throws {
    var run = Fixtures.lostUpdates
    #expect(
      Remedy.all(run, PolicyOutcome.all(run)).contains { $0.change.contains("master weights") })
    var damage = StepDamage()
    damage.lostMass = 0.4
    run.policies[0].add(
      ChangeTrial(change: .masterWeights, step: 3, need: 0.4, before: damage, after: damage))
    #expect(
      !Remedy.all(run, PolicyOutcome.all(run)).contains { $0.change.contains("master weights") })
    var mended = damage
    mended.lostMass = 0.001
    run.policies[0].add(
      ChangeTrial(change: .masterWeights, step: 4, need: 0.5, before: damage, after: mended))
    let remedy = try #require(
      Remedy.all(run, PolicyOutcome.all(run)).first { $0.change.contains("master weights") })
    #expect(remedy.evidence.contains("step 4 lost at most 0.10"), "\(remedy.evidence)")
    // What mends the updates and breaks the gradients is no help.
    var broken = mended
    (damage.gradientError, broken.gradientError) = (0.001, nil)
    run.policies[0].add(
      ChangeTrial(change: .masterWeights, step: 5, need: 0.5, before: damage, after: broken))
    #expect(
      !Remedy.all(run, PolicyOutcome.all(run)).contains { $0.change.contains("master weights") })
  }

  @Test("A scale that the loss's own format cannot hold is outside the window")
  func scaleOfLoss() throws {
    let run = try TrainedFixture.run([.fp16Pure, .fp16AMP], steps: 2)
    let windows = PolicyOutcome.all(run).map(\.windows)
    // The loss of fp16-pure is FP16's, whose largest number is 65504; that of fp16-amp is FP32's.
    #expect(try #require(windows[0].first).greatest <= 65504)
    #expect(try #require(windows[1].first).greatest > 65504)
  }

  @Test("Updates that are long or vanish along the trajectory alone are no damage of arithmetic")
  func localUpdates() throws {
    func causes(local: Double, gradient: String = "fp16") -> [Concern.Cause] {
      func series(_ mode: ComparisonMode, _ ratio: Double) -> TensorSeries {
        var deviation = Deviation()
        deviation.elements = 1
        deviation.referenceSquares = 1
        deviation.resultSquares = ratio * ratio
        var lost = LostUpdates()
        lost.elements = 100
        lost.gradientZero = ratio > 10 ? 40 : 0
        return TensorSeries(
          tag: TensorTag(layer: "hidden1", operation: "weight", kind: .update), mode: mode,
          format: "fp32",
          points: [TensorPoint(step: 1, range: RangeCounts(), deviation: deviation, lost: lost)],
          exponents: ExponentHistogram(format: .fp32))
      }
      var run = Fixtures.lostUpdates.policies[0]
      // Nothing of it vanishes; its format alone says what may.
      let other = TensorSeries(
        tag: TensorTag(layer: "hidden1", operation: "weight", kind: .weightGradient),
        mode: .trajectory, format: gradient,
        points: [TensorPoint(step: 1, range: RangeCounts(), deviation: Deviation())],
        exponents: ExponentHistogram(format: Format(id: gradient)))
      run.tensors = [series(.trajectory, 1200), series(.local, local), other]
      return Concern.all(in: run).map(\.cause)
    }
    #expect(causes(local: 1).isEmpty)
    #expect(Set(causes(local: 20)) == [.longUpdates, .vanishedUpdates])
    // What vanishes below FP32's range is nothing beside what is left.
    #expect(Set(causes(local: 20, gradient: "bf16")) == [.longUpdates])
  }
}

private enum Fixtures {
  /// A run whose only policy loses updates to BF16 weights.
  static var lostUpdates: TrainingRun {
    var updates = LostUpdates()
    updates.elements = 100
    updates.nonzero = 100
    updates.lost = 40
    updates.mass = 1
    updates.lostMass = 0.4
    let series = TensorSeries(
      tag: TensorTag(layer: "hidden1", operation: "weight", kind: .update), mode: .trajectory,
      format: "bf16",
      points: [
        TensorPoint(step: 1, range: RangeCounts(), deviation: Deviation(), lost: updates)
      ], exponents: ExponentHistogram(format: .bf16))
    func steps() -> [StepRecord] {
      (1...20).map {
        StepRecord(
          step: $0, loss: 3 - 0.1 * Double($0), exactLoss: 3 - 0.1 * Double($0), lossScale: nil,
          skipped: false)
      }
    }
    return TrainingRun(
      configuration: TrainingConfiguration(
        model: "mlp", architecture: "", parameters: 100, steps: 20, batch: 1, optimizer: "sgd",
        seed: 1, measureEvery: 1, localEvery: 1),
      reference: PolicyRun(policy: Policy.fp64.description, steps: steps()),
      policies: [
        PolicyRun(policy: Policy.bf16Pure.description, steps: steps(), tensors: [series])
      ])
  }
}
