// SPDX-License-Identifier: Apache-2.0
import Measurements

/// One way in which a policy damaged one tensor.
public struct Concern: Hashable, Sendable, Codable {
  /// The kinds of damage.
  public enum Cause: String, Hashable, Sendable, Codable, CaseIterable {
    /// Values became infinities.
    case overflow
    /// Nonzero values became zero.
    case zeroed
    /// Updates were swamped by the weight they were added to.
    case lostUpdates
    /// Updates were already zero: the gradient or the optimizer's arithmetic underflowed.
    case vanishedUpdates
    /// Updates were infinite or NaN.
    case infiniteUpdates
    /// Updates were more than ten times as long as the reference's, as where an optimizer divides
    /// by what underflowed.
    case longUpdates
  }

  /// The damage.
  public var cause: Cause
  /// The tensor.
  public var tensor: TensorTag
  /// The share over the whole run; of long updates the greatest norm ratio.
  public var share: Double
  /// The first step at which the share of that step reached its threshold.
  public var firstStep: Int

  /// The damage in a run's trajectory, earliest first and the greater share first within a step.
  ///
  /// An overflow counts from the first value on, except in a step that the loss scaler skipped: to
  /// catch those is what it is for. Steps after a divergence count for nothing. The other causes count from `PolicyOutcome.Threshold.share` on.
  static func all(in run: PolicyRun) -> [Concern] {
    let end = run.firstNonFiniteStep ?? .max
    let concerns = run.tensors.filter { $0.mode == .trajectory }.flatMap { series in
      Cause.allCases.compactMap { cause in
        cause == .longUpdates
          ? Concern(longUpdatesOf: series, until: end) : Concern(cause, of: series, until: end)
      }
    }
    return concerns.sorted {
      ($0.firstStep, -$0.share, $0.tensor.description)
        < ($1.firstStep, -$1.share, $1.tensor.description)
    }
  }

  private init?(_ cause: Cause, of series: TensorSeries, until end: Int) {
    let points = series.points.filter { $0.step <= end }
    func counted(_ point: TensorPoint) -> RangeCounts {
      cause == .overflow ? point.taken : point.range
    }
    let threshold =
      cause == .overflow || cause == .infiniteUpdates ? 0 : PolicyOutcome.Threshold.share
    var range = RangeCounts()
    var lost = LostUpdates()
    for point in points {
      range.merge(counted(point))
      if let updates = point.lost { lost.merge(updates) }
    }
    let counts = { (share: Double?) in share.map { $0 > 0 && $0 >= threshold } ?? false }
    let total = cause.share(range: range, lost: lost)
    guard let total, counts(total),
      let first = points.first(where: {
        counts(cause.share(range: counted($0), lost: $0.lost ?? LostUpdates()))
      })
    else { return nil }
    self.cause = cause
    tensor = series.tag
    share = total
    firstStep = first.step
  }

  private init?(longUpdatesOf series: TensorSeries, until end: Int) {
    let points = series.points.filter { $0.step <= end }
    func ratio(_ point: TensorPoint) -> Double? {
      point.deviation.normRatio.flatMap { $0 > PolicyOutcome.Threshold.updateRatio ? $0 : nil }
    }
    guard series.tag.kind == .update, let first = points.first(where: { ratio($0) != nil }),
      let greatest = points.compactMap(ratio).max()
    else { return nil }
    cause = .longUpdates
    tensor = series.tag
    share = greatest
    firstStep = first.step
  }

  /// What happened, such as `lost 46 % of the update mass of hidden1.weight to rounding, from
  /// step 1 on`.
  public var sentence: String {
    let share = NumberText.percent(share, digits: 2)
    let (name, place) = (tensor.name, tensor.place)
    return switch cause {
    case .overflow: "overflowed in \(share) of the values of \(name), first at step \(firstStep)"
    case .zeroed: "set \(share) of the nonzero values of \(name) to zero, from step \(firstStep) on"
    case .lostUpdates:
      "lost \(share) of the update mass of \(place) to rounding, from step \(firstStep) on"
    case .vanishedUpdates:
      "made \(share) of the updates of \(place) vanish before they reached the weights, "
        + "from step \(firstStep) on"
    case .infiniteUpdates:
      "made \(share) of the updates of \(place) infinite or NaN, from step \(firstStep) on"
    case .longUpdates:
      "made \(name) \(NumberText.rounded(self.share, digits: 2)) times as long "
        + "as the reference's, from step \(firstStep) on"
    }
  }
}

extension Concern.Cause {
  /// The share that the cause is judged by.
  func share(range: RangeCounts, lost: LostUpdates) -> Double? {
    switch self {
    case .overflow: range.overflowRate
    case .zeroed: range.zeroedRate
    case .lostUpdates: lost.lostMassShare
    case .vanishedUpdates:
      lost.elements == 0
        ? nil : Double(lost.gradientZero + lost.underflowed) / Double(lost.elements)
    case .infiniteUpdates:
      lost.elements == 0 ? nil : Double(lost.nonFinite) / Double(lost.elements)
    case .longUpdates: nil
    }
  }
}

extension TensorTag {
  /// The layer and the operation or parameter, as code.
  var place: String { "`\(layer).\(operation)`" }

  /// The tensor in words, such as `the gradient at hidden1.matmul`.
  var name: String {
    switch kind {
    case .weight: place
    case .update: "the update of \(place)"
    case .activation: "the output of \(place)"
    case .activationGradient: "the gradient at \(place)"
    case .weightGradient: "the weight gradient of \(place)"
    }
  }

  /// The tensor in a figure's margin: `hidden1.matmul` for a gradient of an activation and
  /// `hidden1.matmul ∂w` for that of a parameter.
  var shortName: String {
    kind == .weightGradient ? "\(layer).\(operation) \u{2202}w" : "\(layer).\(operation)"
  }
}
