// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

/// What would help a policy, each with the measurement that says so.
public struct Remedy: Hashable, Sendable, Codable {
  /// The policy's name.
  public var policy: String
  /// What to change.
  public var change: String
  /// Why, with figures of this run.
  public var evidence: String

  /// What would help the policies of a run.
  static func all(_ run: TrainingRun, _ outcomes: [PolicyOutcome]) -> [Remedy] {
    zip(run.policies, outcomes).flatMap { policy, outcome in
      let advisor = Advisor(run: run, outcomes: outcomes, policy: policy, outcome: outcome)
      return [
        advisor.optimizer, advisor.scaling, advisor.fallingScale, advisor.weights, advisor.range,
        advisor.layer,
      ].compactMap(\.self)
    }
  }
}

/// The rules by which measurements suggest changes.
private struct Advisor {
  let run: TrainingRun
  let outcomes: [PolicyOutcome]
  let policy: PolicyRun
  let outcome: PolicyOutcome

  private func remedy(_ change: String, _ evidence: String) -> Remedy {
    Remedy(policy: policy.policy.name, change: change, evidence: evidence)
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
    let isZero = epsilon <= Elementary.power(2, state.minUlpExponent - 1)
    let divisor =
      isZero
      ? "\u{03b5} = \(NumberText.significant(epsilon)) is zero too"
      : "\u{03b5} = \(NumberText.significant(epsilon)) alone is left to divide by"
    return remedy(
      "FP32 for the optimizer\u{2019}s state, or a greater \u{03b5}",
      "a second moment (1 \u{2212} \u{03b2}\u{2082}) g\u{00b2} of at most "
        + "2^\(state.minUlpExponent - 1) is zero in \(state.id), and \(divisor); it \(concern.sentence)"
    )
  }

  /// The scales of the steps.
  private var scales: [Double] { policy.steps.compactMap(\.lossScale) }

  /// A loss scale where gradients vanish without one, or under one that is too small.
  var scaling: Remedy? {
    guard
      let concern = outcome.concerns.first(where: {
        $0.cause == .zeroed && $0.tensor.kind.direction == .backward
      }),
      let format = LossScaleWindow.formats(run).first(where: { $0.id == format(of: concern.tensor) }
      ),
      let window = LossScaleWindow(format, reference: run.reference),
      scales.allSatisfy({ $0 < window.least })
    else { return nil }
    let own = scales.max().map { " under a loss scale of at most \(Verdict.power($0))" } ?? ""
    let share =
      "\(NumberText.percent(concern.share, digits: 2)) of the nonzero values of "
      + "\(concern.tensor.name) became zero\(own)"
    guard let exponents = window.exponents, exponents.upperBound > 0 else {
      return remedy(
        "a loss scale for each layer, or a format with more range",
        "\(share), and no single scale fits: all but 0.1 % of the gradients stay nonzero from "
          + "2^\(Int(Elementary.log2(window.least).rounded(.up))) on, and they overflow from "
          + "2^\(Int(Elementary.log2(window.greatest).rounded(.up))) on")
    }
    return remedy(
      "a loss scale between 2^\(max(0, exponents.lowerBound)) and 2^\(exponents.upperBound)",
      "\(share); in that window all but 0.1 % of the reference's gradients stay nonzero and none "
        + "overflows")
  }

  /// A scale that does not cost steps: a lower one to start with, or one that grows more seldom.
  var fallingScale: Remedy? {
    guard outcome.skippedSteps > 0, let first = scales.first,
      let format = Format(id: policy.policy.operands),
      let window = LossScaleWindow(format, reference: run.reference),
      let exponents = window.exponents, first > window.greatest
    else { return nil }
    let overflow = "from 2^\(exponents.upperBound + 1) on a gradient of this run overflows"
    func steps(_ count: Int) -> String { "\(count) \(count == 1 ? "step" : "steps")" }
    guard policy.policy.lossScaling?.hasPrefix("fixed ") != true else {
      return remedy(
        "a loss scale of at most 2^\(exponents.upperBound)",
        "it is \(Verdict.power(first)) and skipped \(steps(outcome.skippedSteps)); "
          + overflow)
    }
    let grown = zip(policy.steps, policy.steps.dropFirst()).first {
      ($1.lossScale ?? 0) > ($0.lossScale ?? 0)
    }?.1.step
    let falling = policy.steps.count { $0.skipped && $0.step < grown ?? .max }
    guard falling > 0 else { return nil }
    let later = outcome.skippedSteps - falling
    return remedy(
      "start the loss scale at 2^\(exponents.upperBound)"
        + (later > 0 ? ", and let it grow more seldom" : ""),
      "it started at \(Verdict.power(first)) and skipped \(steps(falling)) on its way down"
        + (later > 0 ? ", \(steps(later)) after it had grown again" : "") + "; \(overflow)")
  }

  /// A way for updates to arrive.
  var weights: Remedy? {
    guard
      let concern = outcome.concerns.first(where: { $0.cause == .lostUpdates }),
      policy.policy.weights != "fp32"
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
      "; `\($0.0)` loses \(NumberText.percent($0.1, digits: 2)) of it in this run"
    }
    return remedy(
      "FP32 master weights, or stochastic rounding or Kahan's summation of the weights",
      "\(NumberText.percent(concern.share, digits: 2)) of the update mass of "
        + "\(concern.tensor.place) "
        + "was swamped by the weights\(better ?? "")")
  }

  /// A wider format where values of the forward pass leave the range of their own: no loss scale changes
  /// those.
  var range: Remedy? {
    guard
      let concern = outcome.concerns.first(where: {
        ($0.cause == .zeroed || $0.cause == .overflow) && $0.tensor.kind.direction == .forward
      }), outcome.firstNonFiniteStep == nil || concern == outcome.concerns.first,
      let name = format(of: concern.tensor)
    else { return nil }
    return remedy(
      "a format with more range than \(name) for `\(concern.tensor.layer)`",
      "it \(concern.sentence)")
  }

  /// The layer whose own error is much greater than every other's.
  var layer: Remedy? {
    guard outcome.isDamaged, outcome.origins.count > 2, scaling == nil else { return nil }
    let first = outcome.origins[0]
    let rest = outcome.origins.first { $0.tensor.layer != first.tensor.layer }
    guard let rest, first.added > 4 * rest.added, first.added > 0.01 else { return nil }
    return remedy(
      "a rule of its own for `\(first.tensor.layer)`, in FP32",
      "\(first.tensor.name) adds a relative error of "
        + "\(NumberText.significant(first.added, digits: 2))"
        + ", the worst of all other layers \(NumberText.significant(rest.added, digits: 2))")
  }

  private func format(of tag: TensorTag) -> String? {
    policy.tensors.first { $0.tag == tag && $0.mode == .trajectory }?.format
  }
}
