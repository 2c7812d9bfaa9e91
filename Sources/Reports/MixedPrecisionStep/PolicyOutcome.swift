// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

/// What a twin run says about one policy, as a few numbers and a judgement that follows from them.
package struct PolicyOutcome: Hashable, Sendable, Codable {
  /// How a policy fared in this run.
  package enum Status: String, Hashable, Sendable, Codable, CaseIterable {
    /// The loss became infinite or NaN and stayed so.
    case diverged
    /// It gave up more than `Threshold.progress` of the reference's progress, and there are runs
    /// enough to say so.
    case unsafe
    /// It kept the progress, but values of some tensor vanished or overflowed.
    case atRisk
    /// Neither.
    case close
    /// The reference gives nothing to judge it by, see `Inconclusive`; or there are too few runs to
    /// tell whether it keeps the progress.
    case undecided
  }

  /// From where on a number counts against a policy.
  package enum Threshold {
    /// The share of the reference's progress that may be lost.
    package static let progress = 0.01
  }

  /// The policy's name.
  package var policy: String
  /// Whether its matrix operands have at most 16 bits.
  package var isLowPrecision: Bool
  /// The judgement.
  package var status: Status
  /// The mean FP64-evaluated loss [nat] over the last `RunSummary.window` steps.
  package var finalLoss: Double?
  /// `finalLoss` less the reference's [nat].
  package var lossDifference: Double?
  /// The share of the reference's progress that it did not make, see `LostProgress`; positive is
  /// worse.
  package var lostProgress: Double?
  /// Whether nothing was told that progress could be judged by; nil where something was.
  package var isProgressUnknown: Bool?
  /// The same with its interval, over paired seeds where there are any.
  package var lostProgressInterval: MeanInterval?
  /// What the measurements say of it.
  package var answer: ProgressAnswer
  /// The policy against the reference on the same batches; nil where nothing was compared.
  package var comparison: PairedComparison?
  /// The paired seeds that would decide where the answer is `undecided`; nil where none would.
  package var decidingSeeds: Int?
  /// The greatest difference of the fixed examples' losses that another seed makes, at 95 %; nil
  /// where no further seeds were run.
  package var lossFloor: Double?
  /// The drift of the weights after the last step that has one.
  package var drift: Double?
  /// The median over steps of the relative L2 deviation of all weight gradients, from the twin's
  /// own weights. Nil, as every figure of gradients and updates, where the policy diverged: the
  /// steps before that alone would flatter it.
  package var gradientError: Double?
  /// The same from the reference's weights: the error that a single step adds.
  package var localGradientError: Double?
  /// The median over steps of the cosine between the gradients, from the reference's weights.
  package var localCosine: Double?
  /// The median over steps of the ratio of the gradients' norms, from the reference's weights.
  package var localNormRatio: Double?
  /// The range counts of all activation and weight gradients over all measured steps; nil where
  /// the policy diverged.
  package var gradients: RangeCounts?
  /// The lost updates of all weights over all measured steps; nil where the policy diverged.
  package var updates: LostUpdates?
  /// The number of steps the scaler skipped.
  package var skippedSteps: Int
  /// The first step whose loss was not finite.
  package var firstNonFiniteStep: Int?
  /// The step from which on it diverged; nil where it did not.
  package var divergedStep: Int?
  /// The loss scales that fit each narrow format that its gradients take.
  package var windows: [LossScaleWindow]
  /// The median over steps of ‖g - g_ref‖, from the reference's weights, over the standard
  /// deviation of g_ref over minibatches: how rounding compares with what training lives with
  /// anyway. Nil where no noise was measured.
  package var noiseRatio: Double?
  /// The median over steps of `DriftChange.direct`.
  package var directDrift: Double?
  /// The median over steps of `DriftChange.feedback`.
  package var feedbackDrift: Double?
  /// The median over steps of the cosine between the two.
  package var driftCosine: Double?
  /// What went wrong where, the worst first; where it diverged the earliest first.
  package var concerns: [Concern]
  /// What happened first.
  package var incidents: Incidents
  /// The bias of the roundings of all values and gradients, from the reference's weights.
  package var bias: BiasFigures
  /// Whether it is more than chance and a rounding to nearest bring about.
  package var isBiased: Bool
  /// The tensors whose operations add most error of their own, at most `originLimit`.
  package var origins: [TensorOrigin]

  /// The tensors named.
  package static let originLimit = 8

  /// The error by which gradients are ranked: of a single step where that was measured, otherwise
  /// along the policy's own trajectory.
  package var stepError: Double? { localGradientError ?? gradientError }

  /// The outcomes of a run's policies.
  package static func all(_ run: TrainingRun) -> [PolicyOutcome] {
    let floor = NoiseFloor(run)
    let outcomes = zip(run.policies, PairedComparison.withReference(run)).map {
      policy, comparison in
      PolicyOutcome(
        policy, reference: run.reference, floor: floor, comparison: comparison,
        lost: LostProgress.share(policy, of: run))
    }
    return outcomes.map { $0.withoutHarmless(outcomes) }
  }

  /// The outcome without lost updates that another policy has as much of and kept its progress
  /// with: they are not why this one is off.
  private func withoutHarmless(_ all: [PolicyOutcome]) -> PolicyOutcome {
    guard isOff, status == .unsafe || status == .atRisk else { return self }
    let harmless = all.filter { $0.policy != policy && $0.answer == .kept && !$0.isOff }
      .flatMap(\.concerns)
    var outcome = self
    outcome.concerns.removeAll { concern in
      concern.cause == .lostUpdates
        && harmless.contains {
          $0.cause == concern.cause && $0.tensor == concern.tensor
            && $0.share >= Self.alike * concern.share
        }
    }
    if outcome.concerns.isEmpty, status == .atRisk {
      outcome.status = answer == .kept ? .close : .undecided
    }
    return outcome
  }

  /// From which part on a share counts as no smaller than another.
  private static let alike = 0.9

  /// The outcome of one policy of a run.
  ///
  /// - Parameter lost: the lost share of progress; by default that of this run alone.
  init(
    _ run: PolicyRun, reference: PolicyRun, floor: NoiseFloor? = nil,
    comparison: PairedComparison? = nil, lost: MeanInterval? = nil
  ) {
    policy = run.policy.name
    isLowPrecision = Format(id: run.policy.operands).map { $0.bitWidth <= 16 } ?? false
    finalLoss = run.finalLoss
    lossDifference = PolicyOutcome.difference(finalLoss, reference.finalLoss)
    let share = lost ?? LostProgress.overExamples(run, reference)
    lostProgressInterval = share
    lostProgress = share?.estimate
    isProgressUnknown = reference.examples == nil || run.examples == nil ? true : nil
    self.comparison = comparison
    answer = Self.answer(share, comparison: comparison, floor: floor)
    decidingSeeds =
      answer == .undecided
      ? Self.decidingSeeds(
        share, comparison, progress: LostProgress.progress(of: reference)?.estimate, floor: floor)
      : nil
    lossFloor = floor?.lossLimit
    if run.divergedStep == nil {
      drift = run.steps.last { $0.drift != nil }?.drift
      gradientError = median(run.steps.compactMap { $0.gradients?.relativeL2 })
      localGradientError = median(run.steps.compactMap { $0.localGradients?.relativeL2 })
      localCosine = median(run.steps.compactMap { $0.localGradients?.cosine })
      localNormRatio = median(run.steps.compactMap { $0.localGradients?.normRatio })
      noiseRatio = median(PolicyOutcome.noiseRatios(run, reference).map(\.ratio))
      let changes = run.steps.compactMap(\.driftChange)
      directDrift = median(changes.compactMap(\.direct))
      feedbackDrift = median(changes.compactMap(\.feedback))
      driftCosine = median(changes.compactMap(\.cosine))
      var counts = run.range(of: .activationGradient)
      counts.merge(run.range(of: .weightGradient))
      gradients = counts
      updates = run.lostUpdates
    }
    skippedSteps = run.skippedSteps
    firstNonFiniteStep = run.firstNonFiniteStep
    divergedStep = run.divergedStep
    windows = LossScaleWindow.all(run)
    concerns = Concern.all(in: run, reference: reference)
    incidents = run.incidents
    bias = BiasFigures(run)
    isBiased = bias.isBiased(in: Format(id: run.policy.operands))
    origins = Array(TensorOrigin.ranked(run, reference: reference).prefix(Self.originLimit))
    status = .undecided
    if divergedStep != nil, reference.firstNonFiniteStep == nil {
      status = .diverged
    } else if Inconclusive(reference: reference) != nil {
      status = .undecided
    } else if answer == .lost {
      status = .unsafe
    } else if !concerns.isEmpty {
      status = .atRisk
    } else {
      status = answer == .undecided ? .undecided : .close
    }
  }

  /// The steps with a local comparison and a measurement of the sampling noise, and the ratio of
  /// the two.
  static func noiseRatios(
    _ run: PolicyRun, _ reference: PolicyRun
  ) -> [(step: Int, ratio: Double)] {
    let noise = Dictionary(
      reference.steps.compactMap { record in record.sampling.map { (record.step, $0.deviation) } }
    ) { first, _ in first }
    return run.steps.compactMap { record in
      guard let deviation = noise[record.step], deviation > 0, let error = record.localGradients,
        error.nonFinite == 0
      else { return nil }
      return (record.step, error.differenceSquares.squareRoot() / deviation)
    }
  }

  private static func difference(_ a: Double?, _ b: Double?) -> Double? {
    a.flatMap { a in b.map { a - $0 } }
  }
}

/// The median of the finite values, the mean of the middle two for an even number; nil without any.
func median(_ values: [Double]) -> Double? {
  let sorted = values.filter(\.isFinite).sorted()
  guard !sorted.isEmpty else { return nil }
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
