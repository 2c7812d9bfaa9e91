// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Testing

@testable import Reports

@Suite struct VerdictTests {
  private func report(
    _ run: TrainingRun = Fixture.run(), proof: ArithmeticProof = Fixture.proof
  ) -> MixedPrecisionStepReport {
    MixedPrecisionStepReport(proof: proof, run: run, context: Fixture.context)
  }

  @Test("The sentence follows the data: the closest and the worst policy are named by it")
  func followsData() {
    let sentence = report().verdict.sentence
    #expect(sentence.contains("fp16, bf16 and fp32 agrees with MPFR 4.2.0 bit for bit"))
    #expect(sentence.contains("the gradients of `fp16-amp` are closest"))
    #expect(sentence.contains("`fp16-pure` gave up"))
    #expect(sentence.contains("`embedding.matmul`"))

    var swapped = Fixture.run()
    swapped.policies[1].policy.name = "bf16-amp"
    swapped.policies[2].policy.name = "fp16-amp"
    #expect(report(swapped).verdict.sentence.contains("gradients of `bf16-amp` are closest"))

    var reversed = Fixture.run()
    reversed.policies.reverse()
    #expect(report(reversed).verdict.sentence == sentence)

    var harmless = Fixture.run()
    harmless.policies.removeLast()
    #expect(report(harmless).verdict.sentence.contains("no policy strayed"))
  }

  @Test("No verdict where the reference diverged, made no progress or ran too short")
  func inconclusive() {
    #expect(Inconclusive(Fixture.run()) == nil)
    func check(_ run: TrainingRun, _ reason: String) {
      let report = report(run)
      #expect(report.verdict.sentence.contains("no verdict on the training is possible"))
      #expect(report.verdict.sentence.contains(reason), "\(report.verdict.sentence)")
      #expect(!report.verdict.findings.contains { $0.contains("kept") || $0.contains("gave up") })
      #expect(report.verdict.lines.contains { $0.hasPrefix("No verdict on the training") })
      #expect(report.outcomes.allSatisfy { $0.status == .undecided })
    }
    check(Fixture.run(steps: 19), "19 steps are too few")
    check(Fixture.run(steps: 1), "1 step is too few")
    var diverged = Fixture.run()
    diverged.reference.editSteps { record, index in
      guard index == 6 else { return }
      record.loss = nil
      record.exactLoss = nil
    }
    check(diverged, "fp64 itself diverged at step 7")
    // Windows of gradients that blew up are no advice on a loss scale.
    let advice = report(diverged).remedies.map(\.change)
    #expect(advice.allSatisfy { $0.contains("a lower learning rate") }, "\(advice)")
    var stuck = Fixture.run()
    let first = stuck.reference.steps.map(\.exactLoss)
    stuck.reference.editSteps { $0.exactLoss = first[first.count - 1 - $1] }
    check(stuck, "fp64 itself made no progress")
    var idle = Fixture.run()
    let start = idle.reference.examples?.start ?? []
    idle.reference.examples = ExampleLosses(start: start, end: start)
    check(idle, "fp64 itself made no progress, from a loss of")
    var spike = Fixture.run()
    spike.reference.editSteps { if $1 == 3 { $0.exactLoss = 99 } }
    check(spike, "loss went from 4.24 up to 99.0 within the first 10 steps")
  }

  @Test(
    "A watched loss that falls at once is progress; one that falls in nine of ten pairs may be none"
  )
  func steepLoss() throws {
    var reference = Fixture.run().reference
    let end = [Double?](repeating: 1e-4, count: 10)
    // Two thirds of the fall in the first pair: its mean's interval holds zero.
    reference.examples = ExampleLosses(
      start: [2.4, 0.6, 0.2, 0.1, 0.05, 0.02, 0.01, 5e-3, 2e-3, 1e-3], end: end)
    #expect(try #require(LostProgress.progress(of: reference)).lower <= 0)
    #expect(Inconclusive(reference: reference, isWatched: true) == nil)
    #expect(Inconclusive(reference: reference) != nil)
    reference.examples?.start[9] = 5e-5
    #expect(Inconclusive(reference: reference, isWatched: true) != nil)
  }

  @Test("An interrupted run is judged by the steps that were taken, and says so")
  func interrupted() {
    var run = Fixture.run(steps: 60)
    run.configuration.steps = 2000
    let report = report(run)
    #expect(report.verdict.sentence.contains("ver 60 of 2000 training steps"))
    #expect(report.verdict.findings.contains { $0.hasPrefix("The run was interrupted") })
    #expect(report.outcomes.contains { $0.status == .close })
    let whole = self.report(Fixture.run(steps: 60)).verdict
    #expect(whole.sentence.contains("ver 60 training steps"))
    #expect(!whole.findings.contains { $0.contains("interrupted") })
  }

  @Test("A floor of few runs must be exceeded by more")
  func floor() throws {
    var run = Fixture.run()
    var thresholds: [Double] = []
    for seeds in [1, 2, 5, 40] {
      run.seeds = (0..<seeds).map { Fixture.seed($0, off: 0.1, run.reference) }
      thresholds.append(try #require(report(run).noiseFloor).threshold)
    }
    // t √2 with 1, 2, 5 and 40 degrees of freedom.
    #expect(thresholds.map { ($0 * 10).rounded() / 10 } == [18.0, 6.1, 3.6, 2.9])
  }

  @Test("A terminal gets four lines, each a finding without markup")
  func lines() {
    let verdict = report().verdict
    #expect(verdict.lines.count == 4)
    #expect(verdict.lines[0].hasPrefix("14,814,804 results compared"))
    #expect(verdict.lines[1].contains("fp16-pure is unsafe here"))
    #expect(verdict.lines[2].contains("fp16-amp, a relative error of"))
    #expect(verdict.lines[3].contains("skipped steps 1 and 2; its scale went from 2^16 to 2^14"))
    #expect(verdict.lines.allSatisfy { !$0.contains("`") })
    var calm = Fixture.run()
    calm.policies = [calm.policies[0], calm.policies[2]]
    #expect(report(calm).verdict.lines[1] == "Every policy stayed close to fp64.")
    #expect(report(calm).verdict.lines.count == 4)
  }

  @Test("The first damage that is told is that of the policy which the sentence calls worst")
  func worstFirst() {
    var run = Fixture.run()
    var milder = run.policies[3]
    milder.policy.name = "a-milder-one"
    milder.editSteps { record, index in
      record.exactLoss = record.exactLoss.map { $0 - (index < 60 ? 0 : 0.1) }
    }
    run.policies.append(milder)
    let report = report(run)
    #expect(report.outcomes.filter { $0.status == .unsafe }.count == 2)
    #expect(report.verdict.sentence.contains("`fp16-pure` gave up"))
    #expect(report.verdict.lines[1].contains("fp16-pure is unsafe here"))
  }

  @Test("The first to diverge is told first, then the worst damage; names decide nothing")
  func headlines() throws {
    var run = Fixture.run()
    func diverging(_ name: String, from step: Int) -> PolicyRun {
      var policy = Fixture.run().policies[3]
      policy.policy.name = name
      policy.editSteps { record, index in
        if index + 1 >= step { record.exactLoss = nil }
      }
      return policy
    }
    run.policies += [diverging("a-late", from: 90), diverging("z-early", from: 30)]
    var apart = run.policies[0]
    apart.policy.name = "m-apart"
    apart.editSteps { record, _ in record.drift = 4 }
    run.policies.append(apart)
    let report = report(run)
    let findings = report.verdict.findings
    func place(_ text: String) throws -> Int {
      try #require(findings.firstIndex { $0.contains(text) }, "\(findings)")
    }
    #expect(report.verdict.sentence.contains("`z-early` diverged at step 30"))
    #expect(try place("`z-early` diverged") < place("`a-late` diverged"))
    #expect(try place("`a-late` diverged") < place("`fp16-pure` is unsafe"))
    #expect(try place("`fp16-pure` is unsafe") < place("`m-apart` ended 400"))
    #expect(try place("`m-apart` ended 400") < place("Closest gradients"))
    run.seeds = []
    let unmeasured = self.report(run).verdict.findings
    let closest = try #require(unmeasured.firstIndex { $0.contains("Closest gradients") })
    #expect(unmeasured[closest...].contains { $0.contains("Chance was not measured") })
    run.seeds = [
      SeedRun(seed: 2, finalLoss: 1, drift: 5), SeedRun(seed: 3, finalLoss: 1, drift: 5),
    ]
    let told = self.report(run).verdict.findings
    #expect(!told.contains { $0.contains("Chance was not measured") || $0.contains("ended 400") })
  }

  @Test("A loss that is not finite in a few skipped steps is no divergence; in ten it is")
  func divergence() {
    func step(_ nonFinite: Range<Int>, skipped: Bool) -> Int? {
      var policy = Fixture.run(steps: 40).policies[1]
      policy.editSteps { record, index in
        guard nonFinite.contains(index + 1) else { return }
        record.exactLoss = nil
        record.skipped = skipped
      }
      return policy.divergedStep
    }
    #expect(step(5..<6, skipped: true) == nil)
    #expect(step(5..<6, skipped: false) == nil)
    #expect(step(38..<41, skipped: true) == nil)
    #expect(step(38..<41, skipped: false) == 38)
    #expect(step(31..<41, skipped: true) == 31)
    #expect(step(32..<41, skipped: true) == nil)
  }

  @Test("Tensors that are zero but for rounding are no concern")
  func zeroButForRounding() throws {
    var run = Fixture.run()
    let before = try #require(PolicyOutcome.all(run).last)
    #expect(before.concerns.contains { $0.tensor.layer == "embedding" })
    run.reference.zeroGradients = [
      ZeroGradient(
        tag: TensorTag(layer: "embedding", operation: "matmul", kind: .weightGradient),
        flags: [true, true])
    ]
    let after = try #require(PolicyOutcome.all(run).last)
    #expect(
      Set(after.concerns.filter { $0.tensor.layer == "embedding" }.map(\.tensor.kind))
        == [.activation, .activationGradient])
    #expect(after.concerns.contains { $0.tensor.layer == "hidden1" })
    let findings = report(run).verdict.findings
    #expect(findings.count { $0.contains("the gradients of `embedding.matmul`") } == 1)
  }

  @Test("One differing result turns the verdict")
  func mismatch() {
    var proof = Fixture.proof
    proof.rows[4].mismatches = 1
    let verdict = report(proof: proof).verdict
    #expect(!verdict.arithmeticHolds)
    #expect(verdict.sentence.contains("differs from MPFR 4.2.0 in 1 results"))
    #expect(verdict.findings[0].contains("14,814,804 results compared with MPFR 4.2.0, 1 differ"))
  }

  @Test("The outcome's figures are those of the measurements")
  func outcome() {
    let run = Fixture.run()
    let outcome = PolicyOutcome(run.policies[3], reference: run.reference)
    let last = { (policy: PolicyRun) in
      policy.steps.suffix(10).compactMap(\.exactLoss).reduce(0, +) / 10
    }
    let first = { (policy: PolicyRun) in
      policy.steps.prefix(10).compactMap(\.exactLoss).reduce(0, +) / 10
    }
    let progress = { (policy: PolicyRun) in first(policy) - last(policy) }
    // The fixed examples lie around these losses, by the same distances for every policy.
    let offset = zip(run.reference.examples?.progress ?? [], (0..<8)).reduce(0) { $0 + $1.0 } / 8
    let expected = (progress(run.reference) - progress(run.policies[3])) / offset
    #expect(abs((outcome.lostProgress ?? .nan) - expected) < 1e-12)
    #expect(PolicyOutcome.all(run)[3].status == .unsafe)
    #expect(outcome.drift == run.policies[3].steps.last?.drift)
    #expect(outcome.gradients?.elements == 8 * 120 * 100_000)
  }

  @Test("A policy that diverged has no figures from the steps before")
  func diverged() {
    var run = Fixture.run()
    run.policies[3].editSteps { if $1 > 0 { $0.exactLoss = nil } }
    let outcome = PolicyOutcome(run.policies[3], reference: run.reference)
    #expect(outcome.status == .diverged && outcome.divergedStep == 2)
    let figures = [
      outcome.finalLoss, outcome.drift, outcome.gradientError, outcome.localGradientError,
      outcome.localCosine, outcome.localNormRatio, outcome.gradients?.zeroedRate,
      outcome.updates?.lostRate,
    ]
    #expect(figures.allSatisfy { $0 == nil })
  }

  @Test("The statuses: close, at risk, unsafe")
  func statuses() {
    #expect(report().outcomes.map(\.status) == [.close, .close, .close, .unsafe])
    var run = Fixture.run()
    // The losses of a policy that is close, the tensors of one that is not.
    run.policies[1].tensors = run.policies[3].tensors
    let outcome = PolicyOutcome(run.policies[1], reference: run.reference)
    #expect(outcome.status == .atRisk)
    #expect(report(run).verdict.findings.contains { $0.contains("it is at risk") })
    run.policies.removeLast()
    #expect(report(run).verdict.sentence.contains("`fp16-amp` kept fp64's progress but is at risk"))
  }

  @Test("An overflow counts, except in a step that the loss scaler skipped")
  func overflow() {
    let run = Fixture.run()
    #expect(!run.policies[1].steps.filter(\.skipped).isEmpty)
    #expect(PolicyOutcome(run.policies[1], reference: run.reference).concerns.isEmpty)
    var careless = run.policies[1]
    careless.tensors = careless.tensors.map { series in
      TensorSeries(
        tag: series.tag, mode: series.mode, format: series.format,
        points: series.points.map { point in
          var point = point
          point.skipped = nil
          return point
        }, exponents: series.exponents)
    }
    let concerns = PolicyOutcome(careless, reference: run.reference).concerns
    #expect(concerns.map(\.cause) == [.overflow])
    #expect(concerns.first?.tensor.layer == "output")
    #expect(concerns.first?.firstStep == 1)
  }

  @Test("Skipped overflows are excused, and others told, where measurements are merged")
  func mergedOverflow() {
    func concerns(overflowAt step: Int, isSkipped: Bool) -> [Concern] {
      var series = TensorSeries(
        tag: TensorTag(layer: "output", operation: "linear", kind: .activationGradient),
        mode: .trajectory, format: "fp16", exponents: ExponentHistogram(format: .fp16))
      for number in 1...2 * TensorSeries.pointLimit {
        let overflow = number == step ? 3 : 0
        let range = RangeCounts(
          elements: 10, nonzero: 10, zeroed: 0, subnormal: 0, overflow: overflow, nan: 0)
        series.append(TensorPoint(step: number, range: range, deviation: Deviation()))
        if overflow > 0, isSkipped { series.skipLast(range) }
      }
      var run = PolicyRun(policy: Fixture.run().policies[1].policy)
      run.tensors = [series]
      return Concern.all(in: run)
    }
    for step in [13, 14] {
      #expect(concerns(overflowAt: step, isSkipped: true).isEmpty)
      #expect(concerns(overflowAt: step, isSkipped: false).map(\.cause) == [.overflow])
    }
  }

  @Test("A loss that is off by no more than chance is undecided, behind and ahead alike")
  func chance() {
    func outcome(off: Double, seeds: Double) -> PolicyOutcome {
      var run = Fixture.run()
      run.policies = [run.policies[0]]
      run.policies[0].editSteps { record, index in
        record.exactLoss = record.exactLoss.map { $0 + (index < 60 ? 0 : off) }
      }
      run.seeds = [-seeds, seeds].enumerated().map { Fixture.seed($0, off: $1, run.reference) }
      return PolicyOutcome.all(run)[0]
    }
    #expect(outcome(off: 0.3, seeds: 0.001).status == .unsafe)
    #expect(outcome(off: 0.3, seeds: 0.2).status == .undecided)
    #expect(outcome(off: -0.3, seeds: 0.2).status == .undecided)
    #expect(outcome(off: -0.3, seeds: 0.001).status == .undecided)
    #expect(outcome(off: 0, seeds: 0.2).status == .close)
    #expect(
      outcome(off: -0.3, seeds: 0.2).progressInWords("fp64").hasSuffix(
        "of fp64's progress ahead, systematically ahead on the same batches, but no more than another "
          + "seed does"))
  }

  @Test("The median of an even and an odd number of values, of none, and beside a NaN")
  func medians() {
    #expect(median([3, 1, 2]) == 2)
    #expect(median([4, 1, 2, 3]) == 2.5)
    #expect(median([]) == nil)
    #expect(median([.nan, 7]) == 7)
  }
}
