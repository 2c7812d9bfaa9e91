// SPDX-License-Identifier: Apache-2.0
import Measurements
import Testing

@testable import Reports

/// Weights that keep what a decay was to take: a concern by what the whole run loses, and its
/// remedy.
@Suite struct WeightDecayConcernTests {
  /// A run of 120 steps in each of which a weight was to lose a share and lost a part of that.
  private func judged(share: Double, taken: Double, skipped: Int = 0) -> (Concern?, [Remedy]) {
    var run = Fixture.run(steps: 120)
    var decay = WeightDecay()
    (decay.nonzero, decay.stuck, decay.mass) = (100, taken == 0 ? 100 : 0, 10)
    (decay.asked, decay.taken) = (10 * share, 10 * share * taken)
    run.configuration.decaysWeights = true
    run.policies[2].editSteps { record, index in record.skipped = index < skipped }
    run.policies[2].tensors.append(
      TensorSeries(
        tag: TensorTag(layer: "hidden1", operation: "weight", kind: .weight), mode: .trajectory,
        format: "bf16",
        points: (1...120).map {
          var point = TensorPoint(step: $0, range: RangeCounts(), deviation: Deviation())
          point.weightDecay = decay
          return point
        }, exponents: ExponentHistogram(format: nil)))
    let outcomes = PolicyOutcome.all(run)
    let remedies = Remedy.all(run, outcomes).filter { $0.policy == outcomes[2].policy }
    return (outcomes[2].concerns.first { $0.cause == .keptDecay }, remedies)
  }

  @Test("1 - 0.9985^120 of a weight is kept: a concern, its cause, and FP32 weights as its remedy")
  func swallowed() throws {
    let (found, remedies) = judged(share: 0.0015, taken: 0)
    let concern = try #require(found)
    #expect((concern.share - 0.16483).magnitude < 1e-4 && concern.firstStep == 1)
    for part in ["kept 16", "of `hidden1.weight` that weight decay was to take, from step 1 on"] {
      #expect(concern.sentence.contains(part), "\(concern.sentence)")
    }
    let remedy = try #require(remedies.first { $0.change.contains("weight decay") })
    #expect(remedy.evidence.contains("RN((1 \u{2212} \u{03b7}\u{03bb}) w) = w for 100"))
  }

  @Test(
    "A decay that arrives, or is next to nothing over the run, is none; skipped steps have none")
  func harmless() {
    #expect(judged(share: 0.0015, taken: 0.9).0 == nil)
    #expect(judged(share: 0.0004, taken: 0).0 == nil)
    #expect(judged(share: 0.0015, taken: 0, skipped: 90).0 == nil)
  }
}
