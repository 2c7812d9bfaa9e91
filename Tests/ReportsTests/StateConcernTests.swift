// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Testing

@testable import Reports

/// Updates that are short for long, their cause and what helps.
@Suite struct StateConcernTests {
  private let place = ("hidden1", "weight")

  /// The deviation of two tensors whose norms have a ratio.
  private func deviation(_ ratio: Double) -> Deviation {
    var deviation = Deviation()
    deviation.elements = 100
    deviation.nonzero = 100
    deviation.referenceSquares = 1
    deviation.resultSquares = ratio * ratio
    deviation.products = ratio
    deviation.differenceSquares = (1 - ratio) * (1 - ratio)
    return deviation
  }

  private func series(
    _ kind: TensorKind, _ format: String, _ ratio: (Int) -> Double, stuck: Int? = nil,
    mode: ComparisonMode = .trajectory
  ) -> TensorSeries {
    TensorSeries(
      tag: TensorTag(layer: place.0, operation: place.1, kind: kind), mode: mode,
      format: format,
      points: (1...120).map { step in
        var decay = MomentDecay()
        decay.nonzero = 100
        decay.stuck = stuck ?? 0
        return TensorPoint(
          step: step, range: RangeCounts(), deviation: deviation(ratio(step)),
          decay: stuck.map { _ in decay })
      }, exponents: ExponentHistogram(format: nil))
  }

  /// A run whose policy has updates of a length from step 61 on, and a second moment that is stuck
  /// or not.
  private func run(update: Double, moment: Double, stuck: Int) -> TrainingRun {
    var run = Fixture.run()
    run.configuration.beta2 = 0.999
    run.policies[2].policy.optimizer = "bf16"
    run.policies[2].policy.optimizerArithmetic = "fp32"
    run.policies[0].policy.optimizerArithmetic = "fp32"
    run.policies[2].tensors += [
      series(.update, "bf16", { $0 > 60 ? update : 1 }),
      series(.secondMoment, "bf16", { $0 > 60 ? moment : 1 }, stuck: stuck),
    ]
    run.policies[0].tensors += [series(.update, "fp32", { _ in 1 })]
    return run
  }

  private func judged(_ run: TrainingRun) -> (concerns: [Concern], remedies: [Remedy]) {
    let outcomes = PolicyOutcome.all(run)
    let kinds: Set<Concern.Cause> = [.shortUpdates, .lengthenedUpdates, .stuckMoment]
    return (
      outcomes[2].concerns.filter { kinds.contains($0.cause) },
      Remedy.all(run, outcomes).filter { $0.policy == outcomes[2].policy }
    )
  }

  @Test("Updates of 0.6 for half a run: a concern, the stuck moment as its cause, and the remedy")
  func short() throws {
    let run = run(update: 0.6, moment: 21, stuck: 99)
    let (concerns, remedies) = judged(run)
    #expect(Set(concerns.map(\.cause)) == [.shortUpdates, .stuckMoment])
    let update = try #require(concerns.first { $0.cause == .shortUpdates })
    #expect((update.share - 0.6).magnitude < 1e-12 && update.firstStep == 61)
    #expect(update.sentence.contains("the update of `hidden1.weight` 0.6"), "\(update.sentence)")
    let moment = try #require(concerns.first { $0.cause == .stuckMoment })
    #expect(moment.share == 0.99 && moment.firstStep == 61)
    #expect(PolicyOutcome.all(run)[2].status == .atRisk)
    let remedy = try #require(remedies.first { $0.change.contains("stateRounding") })
    for part in ["RN(0.999 v) = v for 99", "bf16", "21", "0.6", "from step 61 on", "`fp32`"] {
      #expect(remedy.evidence.contains(part), "\(remedy.evidence)")
    }
  }

  @Test("No moment is blamed that is not stuck; lengths near 1 and short rows are no concern")
  func others() {
    let alone = judged(run(update: 0.6, moment: 1, stuck: 0))
    #expect(alone.concerns.map(\.cause) == [.shortUpdates])
    #expect(!alone.remedies.contains { $0.change.contains("stateRounding") })
    // A step from the reference's own state decides whether it is the arithmetic or another
    // trajectory.
    for (ratio, causes) in [(0.98, []), (0.62, [Concern.Cause.shortUpdates])] {
      var run = run(update: 0.6, moment: 1, stuck: 0)
      run.policies[2].tensors.append(series(.update, "bf16", { _ in ratio }, mode: .local))
      #expect(judged(run).concerns.map(\.cause) == causes, "\(ratio)")
    }
    // A narrow moment that is off as long explains it, whatever a single step shows.
    var narrow = run(update: 1.5, moment: 0.5, stuck: 0)
    narrow.policies[2].tensors.append(series(.update, "bf16", { _ in 1 }, mode: .local))
    let off = judged(narrow)
    #expect(off.concerns.map(\.cause) == [.lengthenedUpdates])
    #expect(
      off.remedies.contains {
        $0.change.contains("FP32 for the optimizer") && $0.evidence.contains("0.50 times")
      }, "\(off.remedies)")
    let long = judged(run(update: 1.5, moment: 0.5, stuck: 99))
    #expect(Set(long.concerns.map(\.cause)) == [.lengthenedUpdates, .stuckMoment])
    #expect(judged(run(update: 0.9, moment: 1.1, stuck: 100)).concerns.isEmpty)
    var brief = Fixture.run()
    brief.policies[2].tensors += [series(.update, "bf16", { (50..<59).contains($0) ? 0.5 : 1 })]
    #expect(judged(brief).concerns.isEmpty)
  }
}
