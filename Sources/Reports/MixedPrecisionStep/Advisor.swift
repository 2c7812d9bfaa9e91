// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

/// The rules by which measurements suggest changes: each is checked against what the policy has,
/// and dropped where the run tried it in vain.
struct Advisor {
  let run: TrainingRun
  let outcomes: [PolicyOutcome]
  let policy: PolicyRun
  let outcome: PolicyOutcome

  /// The advice with what a trial of it did; nil where that did not help.
  func remedy(
    _ change: String, _ evidence: String, _ trial: ChangeTrial? = nil
  ) -> Remedy? {
    guard let trial else {
      return Remedy(policy: policy.policy.name, change: change, evidence: evidence)
    }
    guard trial.helped else { return nil }
    return Remedy(
      policy: policy.policy.name, change: change, evidence: "\(evidence); \(trial.effect)",
      trial: trial)
  }

  private func trial(_ isMeant: (PolicyChange) -> Bool) -> ChangeTrial? {
    policy.trials.first { isMeant($0.change) }
  }

  /// A window that ends below this is of gradients that grew out of all proportion in the reference
  /// itself: even FP8's least useful scales are far above it.
  private static let leastScale = 0x1p-8

  /// Whether the reference itself blew up: then the run has measured its rate, and no format.
  var isReferenceLost: Bool { Inconclusive(run)?.isExploding == true }

  /// The window's end where no scale that anybody would use holds the reference's own gradients.
  private var hopelessScale: Double? {
    LossScaleWindow.common(outcome.windows).map(\.greatest).flatMap {
      $0 < Self.leastScale ? $0 : nil
    }
  }

  /// A lower rate where the reference itself leaves every range, or that of the policy's gradients.
  var rate: Remedy? {
    guard outcome.isDamaged || policy.summary.skipped > 0 else { return nil }
    if let inconclusive = Inconclusive(run), inconclusive.isExploding {
      return remedy(
        "a lower learning rate, or other data: no format and no loss scale helps",
        inconclusive.cause)
    }
    guard let hopelessScale else { return nil }
    return remedy(
      "a lower learning rate, other data, or gradients with FP32\u{2019}s range: no loss scale helps",
      "a gradient of \(run.reference.policy.name) itself grew so large that only a scale of at most "
        + "\(Verdict.roundedPower(hopelessScale, .down)) would hold it")
  }

  /// A constant of the optimizer that is 1 in the format that it is rounded to, so that 1 - β₂ is
  /// zero.
  var constants: Remedy? {
    guard let format = policy.policy.hyperparameters.flatMap({ Format(id: $0) }),
      let beta = run.configuration.beta2, beta < 1,
      // Half the distance from 1 to the number before it.
      1 - beta <= Powers.power(2, -(format.fractionBits + 2)),
      let concern = outcome.concerns.first(where: { $0.tensor.kind.direction == .optimizer })
    else { return nil }
    return remedy(
      "the optimizer\u{2019}s constants in FP32, as `hyperparameters: \"compute\"` has them",
      "\u{03b2}\u{2082} = \(beta) is 1 in \(format.id), and 1 - \u{03b2}\u{2082} zero; it \(concern.sentence)"
    )
  }

  /// An optimizer whose second moment, or whose ε, its format cannot hold.
  var optimizer: Remedy? {
    guard let epsilon = run.configuration.epsilon, epsilon > 0,
      let state = Format(id: policy.policy.optimizer), state.bitWidth <= 16,
      let concern = outcome.concerns.first(where: {
        $0.cause == .longUpdates || $0.cause == .infiniteUpdates
      })
    else { return nil }
    // As in torch, every operation of the optimizer rounds its result to the format of the state.
    let isZero = epsilon <= Powers.power(2, state.minUlpExponent - 1)
    let divisor =
      isZero
      ? "\u{03b5} = \(ReadableNumber.significant(epsilon)) is zero too"
      : "\u{03b5} = \(ReadableNumber.significant(epsilon)) alone is left to divide by"
    return remedy(
      "FP32 for the optimizer\u{2019}s state, or a greater \u{03b5}",
      "a second moment (1 \u{2212} \u{03b2}\u{2082}) g\u{00b2} of at most "
        + "2^\(state.minUlpExponent - 1) is zero in \(state.id), and \(divisor); it \(concern.sentence)",
      trial { $0 == .optimizerState })
  }

  /// The scales of the steps that were taken or skipped before a divergence.
  private var scales: [Double] { steps.compactMap(\.lossScale) }
  private var steps: [StepRecord] {
    policy.steps.filter { $0.step < outcome.divergedStep ?? .max }
  }

  /// The greatest loss scale of the run; without scaling the loss is times 1.
  private var ownScale: Double { scales.max() ?? 1 }

  /// A loss scale where gradients vanish without one, or under one that is too small.
  var scaling: Remedy? {
    guard hopelessScale == nil,
      let concern = outcome.concerns.first(where: {
        $0.cause == .zeroed && $0.tensor.kind.direction == .backward
      }), let window = LossScaleWindow.common(outcome.windows)
    else { return nil }
    let own =
      scales.isEmpty ? "without a loss scale" : "under one of at most \(Verdict.power(ownScale))"
    let share =
      "\(ReadableNumber.percent(concern.share, digits: 2)) of the nonzero values of "
      + "\(concern.tensor.name) became zero \(own)"
    let trial = trial { if case .lossScale = $0 { true } else { false } }
    guard let exponents = window.exponents, exponents.upperBound > 0 else {
      // What no scale of FP32 could hold is beyond all help, and mostly beside all that matters.
      guard ownScale < window.least, window.least < 0x1p127 else { return nil }
      return remedy(
        "a loss scale for each layer, or a format with more range",
        "\(share), and no single scale fits: all but 0.1 % of the gradients stay nonzero from "
          + "\(Verdict.roundedPower(window.least, .up)) on, and they overflow from "
          + "\(Verdict.roundedPower(window.greatest, .up)) on")
    }
    if ownScale < window.least {
      return remedy(
        "a loss scale between 2^\(max(0, exponents.lowerBound)) and 2^\(exponents.upperBound)",
        "\(share); in that window all but 0.1 % of the reference's gradients stay nonzero and none "
          + "overflows", trial)
    }
    // The scale fits the gradients as a whole: only a trial can say that this one wants a greater.
    guard let trial, case .lossScale(let exponent) = trial.change,
      ownScale < Powers.power(2, exponent)
    else { return nil }
    return remedy(
      "a loss scale of 2^\(exponent)",
      "\(share), though all but 0.1 % of the gradients as a whole stay nonzero", trial)
  }

  /// Whether the advice is that no single scale fits.
  private var hasNoScale: Bool {
    guard let window = LossScaleWindow.common(outcome.windows) else { return false }
    return window.exponents == nil && scaling != nil
  }

  /// A scale that does not cost steps: a lower one to start with, or one that grows more seldom.
  var fallingScale: Remedy? {
    let overflows = steps.filter { $0.skip?.reason == .backward }
    guard hopelessScale == nil, let first = scales.first, let overflow = overflows.first,
      let window = LossScaleWindow.common(outcome.windows)
    else { return nil }
    let tensor = overflow.skip?.tensor
    let place =
      tensor.map { "\($0.name)\(format(of: $0).map { " (\($0))" } ?? "") overflows first" }
      ?? "the sum or norm of the gradients overflows"
    // Where no single scale fits, a lower one only moves the damage: `scaling` says so.
    guard !hasNoScale else { return nil }
    let limit = Verdict.roundedPower(window.greatest, .down)
    let why = "above \(limit) a gradient of this run overflows, and \(place)"
    func count(_ steps: Int) -> String { "\(steps) \(steps == 1 ? "step" : "steps")" }
    guard policy.policy.hasDynamicScale != false else {
      guard first > window.greatest else { return nil }
      return remedy(
        "a loss scale of at most \(limit)",
        "it is \(Verdict.power(first)) and skipped \(count(overflows.count)); \(why)")
    }
    if let least = policy.policy.leastScale, least > window.greatest {
      return remedy(
        "a loss scale that may fall to \(limit)",
        "its rule allows none below \(Verdict.power(least)) and skipped "
          + "\(count(overflows.count)); \(why)")
    }
    let growth = policy.firstGrowth ?? .max
    let early = policy.backwardSkips.filter {
      $0.record.step < min(growth, outcome.divergedStep ?? .max)
    }
    let falling = early.count(where: \.lowersScale)
    guard !early.isEmpty, first > window.greatest else {
      guard policy.firstGrowth != nil,
        outcome.concerns.contains(where: { $0.cause == .skippedSteps })
      else { return nil }
      return remedy(
        "let the loss scale grow more seldom, by less, and to no more than \(limit)",
        "it skipped \(count(overflows.count)) after it had grown; \(why)")
    }
    let later = overflows.count - early.count
    let still = early.count - falling
    return remedy(
      "start the loss scale at \(limit)" + (later > 0 ? ", and let it grow more seldom" : ""),
      "it started at \(Verdict.power(first)) and skipped "
        + (falling > 0 ? "\(count(falling)) on its way down" : "")
        + (still > 0
          ? "\(falling > 0 ? ", " : "")\(count(still)) after which the scale was no lower" : "")
        + (later > 0 ? ", \(count(later)) after it had grown again" : "") + "; \(why)")
  }

  /// FP32 weights; where every primitive rounds to a narrow format, that arithmetic goes with them.
  var wideWeights: String {
    isStrict ? "FP32 arithmetic with FP32 master weights" : "FP32 master weights"
  }

  /// Whether the optimizer computes in the narrow format of its state: neither is wider alone.
  var isStrict: Bool {
    policy.policy.optimizerArithmetic.flatMap { Format(id: $0) }.map { $0.bitWidth <= 16 } ?? false
  }

  /// A way for updates to arrive.
  var weights: Remedy? {
    guard
      let concern = outcome.concerns.first(where: { $0.cause == .lostUpdates }),
      let format = Format(id: policy.policy.weights), format.bitWidth < Format.fp32.bitWidth
    else { return nil }
    // Only what fared well shows that a change helps.
    let others = zip(run.policies, outcomes).filter { other, outcome in
      other.policy.name != policy.policy.name && other.policy.operands == policy.policy.operands
        && outcome.status != .diverged && outcome.status != .unsafe
    }.compactMap { other, _ in
      other.tensors.first { $0.tag == concern.tensor && $0.mode == .trajectory }?.totalLost?
        .lostMassShare.map { (other.policy.name, $0) }
    }.filter { $0.1 < concern.share / 2 }.min { $0.1 < $1.1 }
    let better = others.map {
      "; `\($0.0)` loses \(ReadableNumber.percent($0.1, digits: 2)) of it in this run"
    }
    let decay = decay
    let alternatives =
      policy.policy.keepsUpdates == true || decay != nil
      ? "" : ", or stochastic rounding or Kahan's summation of the weights"
    return remedy(
      decay?.change ?? "\(wideWeights)\(alternatives)",
      (decay.map { "\($0.evidence); " } ?? "")
        + "\(ReadableNumber.percent(concern.share, digits: 2)) of the update mass of "
        + "\(concern.tensor.place) was swamped by the weights\(better ?? "")",
      trial { $0 == .masterWeights })
  }

  /// A wider format where values of the forward pass leave the range of their own: no loss scale
  /// changes those.
  var range: Remedy? {
    guard
      let concern = outcome.concerns.first(where: {
        $0.cause == .forwardOverflow || $0.cause == .scalerStop
          || $0.cause == .zeroed || $0.cause == .overflow
      }).flatMap({ first in
        first.tensor.kind.direction == .forward
          ? first : outcome.concerns.first { $0.isOfForwardRange }
      }), outcome.divergedStep == nil || concern == outcome.concerns.first
    else { return nil }
    let name = format(of: concern.tensor)
    // Where the reference's own values fit, the policy had gone astray before: elsewhere lies the
    // cause.
    if let largest = referenceLargest(of: concern.tensor),
      let format = name.flatMap({ Format(id: $0) }), largest <= format.largestMagnitude
    {
      return nil
    }
    let layer = concern.tensor.layer
    // A step before the one that ended the run may have had nothing to mend.
    let trial = trial { if case .layerFormat(layer, _) = $0 { true } else { false } }
      .flatMap { outcome.divergedStep == nil || $0.helped ? $0 : nil }
    return remedy(
      "a format with more range\(name.map { " than \($0)" } ?? "") for `\(layer)`",
      "it \(concern.sentence)\(exactRange(of: concern.tensor))", trial)
  }

  /// How far the reference's own values reach where steps were skipped for a tensor.
  private func referenceLargest(of tensor: TensorTag) -> Double? {
    policy.steps.compactMap(\.skip).filter { $0.tensor == tensor }
      .compactMap(\.referenceLargest).max()
  }

  private func exactRange(of tensor: TensorTag) -> String {
    guard let largest = referenceLargest(of: tensor) else { return "" }
    return
      "; \(run.reference.policy.name)'s own values there reach \(ReadableNumber.significant(largest, digits: 2))"
  }

  /// The layer whose own error is much greater than every other's.
  var layer: Remedy? {
    guard outcome.isDamaged, outcome.origins.count > 2, scaling == nil else { return nil }
    let first = outcome.origins[0]
    let rest = outcome.origins.first { $0.tensor.layer != first.tensor.layer }
    guard let rest, DamageThreshold.dominates(first.added, rest.added) else { return nil }
    return remedy(
      "a rule of its own for `\(first.tensor.layer)`, in FP32",
      "\(first.tensor.name) adds a relative error of "
        + "\(ReadableNumber.significant(first.added, digits: 2))"
        + ", the worst of all other layers \(ReadableNumber.significant(rest.added, digits: 2))",
      trial { $0 == .layerFormat(layer: first.tensor.layer, format: "fp32") })
  }

  private func format(of tag: TensorTag) -> String? {
    policy.tensors.first { $0.tag == tag && $0.mode == .trajectory }?.format
  }
}

extension Concern {
  /// Whether values of the forward pass left the range of their format.
  var isOfForwardRange: Bool {
    tensor.kind.direction == .forward
      && (cause == .zeroed || cause == .overflow || cause == .forwardOverflow)
  }
}
