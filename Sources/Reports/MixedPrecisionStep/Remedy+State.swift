// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

extension Remedy {
  /// A wider state, where a moment in a narrow format is off for as long as the updates are, or
  /// does not decay.
  static func state(_ run: TrainingRun, _ policy: PolicyRun, _ outcome: PolicyOutcome) -> Remedy? {
    let stuck = outcome.concerns.filter { $0.cause == .stuckMoment }
    if stuck.isEmpty { return wider(policy, outcome) }
    // A moment that is stuck under updates of the right length is no cause of anything.
    let lengths = outcome.concerns.filter { $0.cause.isOfLength }.map(\.tensor.place)
    let causes = stuck.filter { lengths.contains($0.tensor.place) }
    guard let concern = causes.first(where: { $0.tensor.kind == .secondMoment }) ?? causes.first,
      let moment = policy.series(concern.tensor),
      // FP32 is what is advised.
      let format = Format(id: moment.format), format.bitWidth < Format.fp32.bitWidth
    else { return nil }
    let update = TensorTag(
      layer: concern.tensor.layer, operation: concern.tensor.operation, kind: .update)
    let isSecond = concern.tensor.kind == .secondMoment
    let beta = run.configuration.beta2.map { "\($0)" } ?? "\u{03b2}\u{2082}"
    let rounding = policy.policy.stateRounding == nil ? "RN" : "R"
    let decay = isSecond ? "\(rounding)(\(beta) v) = v" : "\(rounding)(\u{03b2} m) = m"
    var evidence =
      "\(decay) for \(ReadableNumber.percent(concern.share, digits: 2)) of \(concern.tensor.name) in "
      + moment.format
    let first = concern.firstStep
    if let ratio = moment.ratio(from: first) {
      evidence += ratio > 1 ? ", which cannot fall where gradients shrink: " : ": "
      evidence += "\(ReadableNumber.rounded(ratio, digits: 2)) times the reference\u{2019}s"
    }
    if let ratio = policy.series(update)?.ratio(from: first) {
      evidence += ", and updates \(ReadableNumber.rounded(ratio, digits: 2)) times as long"
    }
    evidence += ", from step \(first) on"
    let others = run.policies.filter {
      $0.policy.name != policy.policy.name && $0.firstNonFiniteStep == nil
        && (Format(id: $0.policy.optimizer) == .fp32
          || $0.policy.stateRounding != nil && $0.policy.optimizer == policy.policy.optimizer)
    }.compactMap { other in
      other.series(update)?.ratio(from: first).map { (other.policy, $0) }
    }
    if let (other, ratio) = others.min(by: { ($0.1 - 1).magnitude < ($1.1 - 1).magnitude }) {
      let state = other.stateRounding.map { "is rounded \($0)" } ?? "is \(other.optimizer)"
      evidence +=
        "; those of `\(other.name)`, whose state \(state), are "
        + "\(ReadableNumber.rounded(ratio, digits: 2)) times as long"
    }
    // An optimizer that computes in the format of its state has nothing to round to it.
    let isStrict = policy.policy.optimizerArithmetic == policy.policy.optimizer
    return Remedy(
      policy: policy.policy.name,
      change: isStrict
        ? "FP32 for the optimizer\u{2019}s arithmetic and state"
        : "FP32 for the optimizer\u{2019}s state, or `stateRounding: \"stochastic\"`",
      evidence: evidence)
  }
}

extension Concern.Cause {
  /// Whether updates were too short or too long for long.
  fileprivate var isOfLength: Bool { self == .shortUpdates || self == .lengthenedUpdates }
}

extension Remedy {
  /// A wider state where updates and their second moment in a narrow format are off, and none is
  /// stuck.
  private static func wider(_ policy: PolicyRun, _ outcome: PolicyOutcome) -> Remedy? {
    guard let state = Format(id: policy.policy.optimizer), state.bitWidth <= 16,
      let concern = outcome.concerns.first(where: { $0.cause.isOfLength }),
      let ratio = policy.series(
        TensorTag(
          layer: concern.tensor.layer, operation: concern.tensor.operation, kind: .secondMoment))?
        .ratio(from: concern.firstStep)
    else { return nil }
    let rounding = policy.policy.stateRounding.map { ", rounded \($0)," } ?? ""
    return Remedy(
      policy: policy.policy.name, change: "FP32 for the optimizer\u{2019}s state",
      evidence: "the second moment of \(concern.tensor.place) in \(state.id)\(rounding) is "
        + "\(ReadableNumber.rounded(ratio, digits: 2)) times the reference\u{2019}s; it \(concern.sentence)"
    )
  }
}

extension PolicyRun {
  /// A tensor along the policy's own trajectory.
  fileprivate func series(_ tag: TensorTag) -> TensorSeries? {
    tensors.first { $0.tag == tag && $0.mode == .trajectory }
  }
}

extension TensorSeries {
  /// ‖y‖ / ‖x‖ over all measured steps from one on.
  fileprivate func ratio(from step: Int) -> Double? {
    LastingLength.ratio(points.filter { $0.step >= step }[...])
  }
}
