// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

/// What a twin run says about one policy, as a few numbers and a judgement that follows from them.
public struct PolicyOutcome: Hashable, Sendable, Codable {
  /// How a policy fared in this run.
  public enum Status: String, Hashable, Sendable, Codable {
    /// The loss became infinite or NaN.
    case diverged
    /// It gave up more than `Threshold.progress` of the reference's progress.
    case unsafe
    /// It kept the progress, but values of some tensor vanished or overflowed.
    case atRisk
    /// Neither.
    case close
    /// The reference gives nothing to judge it by: see `Inconclusive`.
    case undecided
  }

  /// From where on a number counts against a policy.
  public enum Threshold {
    /// The share of the reference's progress that may be lost.
    public static let progress = 0.01
    /// The share of a tensor's values, or of its updates, that may vanish.
    public static let share = 0.01
    /// The number of steps at either end that a loss is averaged over.
    public static let window = 10
  }

  /// The policy's name.
  public var policy: String
  /// Whether its matrix operands have at most 16 bits.
  public var isLowPrecision: Bool
  /// The judgement.
  public var status: Status
  /// The mean FP64-evaluated loss [nat] over the last `Threshold.window` steps.
  public var finalLoss: Double?
  /// `finalLoss` less the reference's [nat].
  public var lossDifference: Double?
  /// `lossDifference` over the reference's progress, its mean loss of the first less that of the
  /// last `Threshold.window` steps; positive is worse.
  public var lostProgress: Double?
  /// The drift of the weights after the last step that has one.
  public var drift: Double?
  /// The median over steps of the relative L2 deviation of all weight gradients, from the twin's
  /// own weights. Nil, as every figure of gradients and updates, where the policy diverged: the
  /// steps before that alone would flatter it.
  public var gradientError: Double?
  /// The same from the reference's weights: the error that a single step adds.
  public var localGradientError: Double?
  /// The median over steps of the cosine between the gradients, from the reference's weights.
  public var localCosine: Double?
  /// The median over steps of the ratio of the gradients' norms, from the reference's weights.
  public var localNormRatio: Double?
  /// The range counts of all activation and weight gradients over all measured steps; nil where
  /// the policy diverged.
  public var gradients: RangeCounts?
  /// The lost updates of all weights over all measured steps; nil where the policy diverged.
  public var updates: LostUpdates?
  /// The number of steps the scaler skipped.
  public var skippedSteps: Int
  /// The first step whose loss was not finite.
  public var firstNonFiniteStep: Int?
  /// What went wrong where, earliest first.
  public var concerns: [Concern]

  /// The error by which gradients are ranked: of a single step where that was measured, otherwise
  /// along the policy's own trajectory.
  public var stepError: Double? { localGradientError ?? gradientError }

  /// The outcome of one policy of a run.
  public init(_ run: PolicyRun, reference: PolicyRun) {
    let window = Threshold.window
    policy = run.policy.name
    isLowPrecision = Format(id: run.policy.operands).map { $0.bitWidth <= 16 } ?? false
    finalLoss = run.finalLoss(over: window)
    lossDifference = PolicyOutcome.difference(finalLoss, reference.finalLoss(over: window))
    let progress = PolicyOutcome.difference(
      reference.initialLoss(over: window), reference.finalLoss(over: window))
    lostProgress = lossDifference.flatMap { loss in
      progress.flatMap { $0 > 0 ? loss / $0 : nil }
    }
    if run.firstNonFiniteStep == nil {
      drift = run.steps.last { $0.drift != nil }?.drift
      gradientError = median(run.steps.compactMap { $0.gradients?.relativeL2 })
      localGradientError = median(run.steps.compactMap { $0.localGradients?.relativeL2 })
      localCosine = median(run.steps.compactMap { $0.localGradients?.cosine })
      localNormRatio = median(run.steps.compactMap { $0.localGradients?.normRatio })
      var counts = run.range(of: .activationGradient)
      counts.merge(run.range(of: .weightGradient))
      gradients = counts
      updates = run.lostUpdates
    }
    skippedSteps = run.skippedSteps
    firstNonFiniteStep = run.firstNonFiniteStep
    concerns = Concern.all(in: run)
    if firstNonFiniteStep != nil, reference.firstNonFiniteStep == nil {
      status = .diverged
    } else if Inconclusive(reference: reference) != nil {
      status = .undecided
    } else if let lostProgress, lostProgress > Threshold.progress {
      status = .unsafe
    } else {
      status = concerns.isEmpty ? .close : .atRisk
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
