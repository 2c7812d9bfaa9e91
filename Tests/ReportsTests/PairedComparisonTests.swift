// SPDX-License-Identifier: Apache-2.0
import Measurements
import Testing

@testable import Reports

@Suite("Policies on the same batches") struct PairedComparisonTests {
  /// A run of one policy that ends by so much off the reference's loss, in the same batches' noise,
  /// with further runs of the reference and, where offsets are given for them, of the policy.
  private func run(
    off: Double, seeds: [Double] = [], paired: [Double] = [], scale: Double? = nil
  ) -> TrainingRun {
    var run = Fixture.run()
    run.policies = [run.policies[0]]
    let reference = run.reference
    run.policies[0].editSteps { record, index in
      record.exactLoss = reference.steps[index].exactLoss.map { $0 + (index < 60 ? 0 : off) }
    }
    run.seeds = seeds.enumerated().map { Fixture.seed(2 + $0, off: $1, reference) }
    run.policies[0].pairedSeeds = paired.enumerated().map {
      Fixture.seed(2 + $0, off: seeds[$0] + $1, reference)
    }
    return run
  }

  @Test("A difference far below the spread of seeds is told on the same batches, and both are said")
  func twoQuestions() throws {
    let outcome = PolicyOutcome.all(run(off: 0.04, seeds: [0.1, -0.1]))[0]
    let comparison = try #require(outcome.comparison)
    #expect(comparison.systematic == .behind && comparison.isBeyondChance == false)
    #expect(try #require(comparison.steps).estimate > 0.039 && comparison.firstStep == 97)
    #expect(outcome.status == .undecided && outcome.decidingSeeds != nil)
    #expect(
      outcome.progressInWords("fp64").hasSuffix(
        "behind, systematically behind on the same batches, but no more than another seed does"))
    #expect(
      PolicyOutcome.decisions([outcome], command: "halfway train --paired-seeds 2 --seed 3")
        == [
          "What would decide whether `fp32` gives up progress: `halfway train --seed 3 --paired-seeds 16`"
        ])
    // One command decides on all.
    var other = outcome
    (other.policy, other.decidingSeeds) = ("bf16", 12)
    var hopeless = outcome
    (hopeless.policy, hopeless.decidingSeeds) = ("fp16", nil)
    let sentences = PolicyOutcome.decisions(
      [other, outcome, hopeless], command: "halfway train")
    try #require(sentences.count == 2)
    #expect(
      sentences[0]
        == "What would decide whether `bf16` and `fp32` give up progress: "
        + "`halfway train --paired-seeds 16`")
    #expect(
      sentences[1].hasPrefix("Up to 64 paired seeds would not tell the loss of progress of `fp16`"))
  }

  @Test("Paired seeds decide what the spread of seeds cannot")
  func pairedSeeds() throws {
    let seeds = [0.1, -0.1, 0.05, -0.02]
    let behind = PolicyOutcome.all(
      run(off: 0.04, seeds: seeds, paired: [0.041, 0.039, 0.04, 0.042]))[0]
    #expect(behind.status == .unsafe && behind.comparison?.systematic == .behind)
    #expect(behind.comparison?.seeds?.behind == 5 && behind.decidingSeeds == nil)
    let other = PolicyOutcome.all(
      run(off: 0.04, seeds: seeds, paired: [-0.05, 0.03, -0.04, 0.01]))[0]
    #expect(other.status == .undecided && other.comparison?.systematic == .notTold)
    #expect((other.decidingSeeds ?? 65) > 4)
    let harmless = PolicyOutcome.all(run(off: 0.001, seeds: seeds, paired: [-0.001, 0, 0.001, 0]))[
      0]
    #expect(harmless.status == .close)
    var broken = run(off: 0, seeds: seeds, paired: [0, 0, 0, 0])
    broken.policies[0].pairedSeeds[1].examples?.end[0] = nil
    #expect(PolicyOutcome.all(broken)[0].status == .undecided)
  }

  @Test("Nothing is unsafe on too few runs: none without a floor, gross damage alone with three")
  func fewRuns() {
    func status(_ off: Double, _ seeds: [Double]) -> PolicyOutcome.Status {
      PolicyOutcome.all(run(off: off, seeds: seeds))[0].status
    }
    #expect(status(0.2, []) == .undecided)
    #expect(status(0.2, [0.005, -0.005]) == .undecided)
    #expect(status(0.5, [0.005, -0.005]) == .unsafe)
    #expect(status(0.2, [0.005, -0.005, 0.004, -0.004]) == .unsafe)
    #expect(status(0.0, []) == .close)
  }

  @Test(
    "What a policy's arithmetic adds to every prediction, before the first step too, is no training"
  )
  func offsets() throws {
    var run = run(off: 0.04, seeds: [0.01, -0.01, 0.02, -0.02])
    let examples = try #require(run.policies[0].examples)
    let start = examples.start.map { $0.map { $0 + 0.04 } }
    run.policies[0].examples = ExampleLosses(start: start, end: examples.end)
    let outcome = PolicyOutcome.all(run)[0]
    let comparison = try #require(outcome.comparison)
    #expect(try #require(comparison.examples).estimate.magnitude < 1e-12)
    #expect(comparison.systematic == .notTold && comparison.isBeyondChance == false)
    #expect(outcome.lostProgress.map { $0.magnitude < 1e-9 } == true)
  }

  @Test("Lost updates that another policy has too, and kept its progress with, explain nothing")
  func harmless() throws {
    var run = run(off: 0.3)
    var updates = LostUpdates()
    (updates.elements, updates.nonzero, updates.lost) = (100, 100, 40)
    (updates.mass, updates.lostMass) = (1, 0.4)
    run.policies[0].tensors.append(
      TensorSeries(
        tag: TensorTag(layer: "hidden1", operation: "weight", kind: .update), mode: .trajectory,
        format: "fp32",
        points: [
          TensorPoint(step: 1, range: RangeCounts(), deviation: Deviation(), lost: updates)
        ], exponents: ExponentHistogram(format: nil)))
    func lost(_ outcomes: [PolicyOutcome]) -> Bool {
      outcomes[0].concerns.contains { $0.cause == .lostUpdates }
    }
    #expect(lost(PolicyOutcome.all(run)))
    var twin = run.policies[0]
    twin.policy.name = "twin"
    twin.examples = run.reference.examples
    run.policies.append(twin)
    #expect(!lost(PolicyOutcome.all(run)))
    #expect(PolicyOutcome.all(run)[1].concerns.contains { $0.cause == .lostUpdates })
  }

  @Test("Equal losses are a tie, between policies too, and nobody is the closest")
  func ties() {
    var run = run(off: 0)
    #expect(PairedComparison.withReference(run)[0].systematic == .tie)
    var twin = run.policies[0]
    twin.policy.name = "twin"
    run.policies.append(twin)
    let among = PairedComparison.amongPolicies(run)
    #expect(
      among.map(\.systematic) == [.tie] && among[0].first == "fp32" && among[0].second == "twin")
    let outcomes = PolicyOutcome.all(run)
    let said = Verdict(proof: nil, run: run, outcomes: outcomes)
    #expect(said.sentence.contains("the gradients of `fp32` and `twin` are equally close"))
    #expect(said.findings.contains { $0.contains("`fp32` and `twin` alike") })
    #expect(!said.findings.contains { $0.contains("against") })
  }

  @Test("A policy that takes no step loses all progress, exactly")
  func idle() throws {
    var run = run(off: 0, seeds: [0.01, -0.01, 0.02, -0.02])
    let start = run.policies[0].examples?.start ?? []
    run.policies[0].examples = ExampleLosses(start: start, end: start)
    let outcome = PolicyOutcome.all(run)[0]
    #expect(outcome.lostProgress == 1 && outcome.lostProgressInterval?.lower == 1)
    #expect(outcome.status == .unsafe)
  }

  @Test("Limits and intervals stand in policies.csv, and every two policies in comparisons.csv")
  func tables() throws {
    let report = MixedPrecisionStepReport(
      proof: nil, run: Fixture.run(), context: Fixture.context)
    let files = try report.files()
    func rows(_ path: String) throws -> [Substring] {
      try #require(files.first { $0.path == path }).text.split(whereSeparator: \.isNewline)
    }
    let header = try rows("data/policies.csv")[0].split(separator: ",")
    let row = try rows("data/policies.csv")[4].split(separator: ",")
    func number(_ column: String) throws -> Double {
      let index = try #require(header.firstIndex { $0 == column })
      return try #require(Double(row[index]))
    }
    #expect(try number("lost_progress_lower") < number("lost_progress"))
    #expect(try number("lost_progress_upper") > number("lost_progress"))
    let limit = try #require(report.noiseFloor?.lossLimit)
    #expect(try number("chance_limit") == limit)
    #expect(try rows("data/comparisons.csv").count == 1 + 4 + 6)
  }
}
