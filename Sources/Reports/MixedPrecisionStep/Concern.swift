// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

/// One way in which a policy damaged one tensor.
package struct Concern: Hashable, Sendable, Codable {
  /// The kinds of damage.
  package enum Cause: String, Hashable, Sendable, Codable, CaseIterable {
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
    /// Steps were skipped for a value of the forward pass: no smaller loss scale helps.
    case forwardOverflow
    /// The framework's loss scaler would have raised an error, and the run would have ended.
    case scalerStop
    /// Updates were shorter than the reference's for long, whatever the reason.
    case shortUpdates
    /// Updates were longer than the reference's for long, where a narrow moment was off.
    case lengthenedUpdates
    /// A moment did not decay, and was off the reference's for long.
    case stuckMoment
    /// Many steps were skipped for scaled gradients that overflowed.
    case skippedSteps
    /// Weights kept what a weight decay was to take, for it was less than half a step of their
    /// format.
    case keptDecay
  }

  /// The damage.
  package var cause: Cause
  /// The tensor.
  package var tensor: TensorTag
  /// The share over the whole run; of long updates the greatest norm ratio, of those that are short
  /// or long for long the ratio over those steps; of skipped steps their share of all steps; of a
  /// decay the share of the weights' magnitude.
  package var share: Double
  /// The first step at which the share of that step reached its threshold.
  package var firstStep: Int

  /// The damage in a run's trajectory, the worst first; of a run that diverged the earliest of what
  /// can end a run first, for that led to it, then what merely vanished. Of equals the one that a
  /// step produces first.
  ///
  /// An overflow counts from the first value on, except in a step that the loss scaler skipped: to
  /// catch those is what it is for, unless they are the forward pass's, which it cannot help. Steps
  /// after a divergence count for nothing, and nothing does of tensors that are zero but for
  /// rounding. The other causes count from `DamageThreshold.share` on; values that vanish below
  /// FP32's range do not, nor updates where every tensor has it: what is lost is nothing beside
  /// what is left.
  static func all(in run: PolicyRun, reference: PolicyRun? = nil) -> [Concern] {
    let end = run.divergedStep ?? .max
    let hasRange = run.tensors.allSatisfy(\.hasRangeOfFP32)
    let concerns = run.tensors.filter {
      $0.mode == .trajectory && reference?.isZeroButForRounding($0.tag) != true
    }.flatMap { series in
      Cause.allCases.compactMap { cause in
        switch cause {
        case .longUpdates:
          isOfArithmetic(cause, series.tag, in: run, until: end)
            ? Concern(longUpdatesOf: series, until: end) : nil
        case .forwardOverflow, .scalerStop, .shortUpdates, .lengthenedUpdates, .stuckMoment,
          .skippedSteps:
          nil
        case .keptDecay: Concern(keptDecayOf: series, in: run, until: end)
        case .zeroed where series.hasRangeOfFP32, .vanishedUpdates where hasRange: nil
        case .overflow, .zeroed, .lostUpdates, .vanishedUpdates, .infiniteUpdates:
          isOfArithmetic(cause, series.tag, in: run, until: end)
            ? Concern(cause, of: series, until: end) : nil
        }
      }
    }
    let all =
      [scalerStop(run), forwardOverflow(run), skippedSteps(run)].compactMap(\.self) + concerns
      + ofState(in: run, until: end).filter { reference?.isZeroButForRounding($0.tensor) != true }
    let isEarlier = { (a: Concern, b: Concern) in
      run.divergedStep == nil
        ? (-a.weight, a.firstStep) < (-b.weight, b.firstStep)
        : (a.vanishes, a.firstStep, -a.weight) < (b.vanishes, b.firstStep, -b.weight)
    }
    // By position among equals: `sorted` promises no order of them.
    return all.enumerated().sorted {
      if isEarlier($0.element, $1.element) { return true }
      return !isEarlier($1.element, $0.element) && $0.offset < $1.offset
    }.map(\.element)
  }

  /// How bad the damage is beside others of its run: a run that ends before one that loses steps,
  /// and that before values without meaning, and those before the shares of values that vanished.
  var weight: Double {
    switch cause {
    case .scalerStop: 4
    case .forwardOverflow: 3
    case .overflow, .infiniteUpdates: 2
    case .longUpdates: 1
    case .shortUpdates: 1 - share
    case .lengthenedUpdates: 1 - 1 / share
    // Its updates come before it: it is their cause.
    case .stuckMoment: 0
    case .skippedSteps, .keptDecay: share
    case .zeroed, .lostUpdates, .vanishedUpdates: share
    }
  }

  /// The steps that were skipped for a value of the forward pass; nil for none before a divergence.
  private static func forwardOverflow(_ run: PolicyRun) -> Concern? {
    guard let first = run.summary.firstForwardSkip, let tensor = run.tensor(ofSkip: first) else {
      return nil
    }
    return Concern(
      cause: .forwardOverflow, tensor: tensor,
      share: Double(run.summary.forwardSkips) / Double(run.summary.scalerStop ?? run.summary.count),
      firstStep: first)
  }

  /// Skipped steps, from this share of them on, without those of the forward pass and those in
  /// which a scale came down from where it began.
  static let skippedShare = 0.2

  private static func skippedSteps(_ run: PolicyRun) -> Concern? {
    let growth = run.firstGrowth ?? .max
    let onTheWayDown = run.backwardSkips.filter { $0.lowersScale && $0.record.step < growth }
    let others = run.backwardSkips.filter { !$0.lowersScale || $0.record.step >= growth }
    // Of a long run not every record is kept, but those of the way down are: they come first.
    let count = run.summary.backwardSkips - onTheWayDown.count
    let share = Double(count) / Double(run.summary.count)
    guard let first = others.first?.record.step, share >= skippedShare,
      let tensor = run.tensor(ofSkip: first)
    else { return nil }
    return Concern(cause: .skippedSteps, tensor: tensor, share: share, firstStep: first)
  }

  /// 1 of values that became nothing, which end no run, 0 of those that became too large.
  private var vanishes: Int {
    switch cause {
    case .zeroed, .lostUpdates, .vanishedUpdates, .shortUpdates, .stuckMoment, .skippedSteps,
      .keptDecay:
      1
    case .overflow, .infiniteUpdates, .longUpdates, .lengthenedUpdates, .forwardOverflow,
      .scalerStop:
      0
    }
  }

  /// The step at which the loss scaler would have raised an error; nil where it would not.
  private static func scalerStop(_ run: PolicyRun) -> Concern? {
    guard let step = run.summary.scalerStop, let tensor = run.tensor(ofSkip: step) else {
      return nil
    }
    return Concern(
      cause: .scalerStop, tensor: tensor,
      share: Double(run.summary.count - step) / Double(run.summary.count), firstStep: step)
  }

  init(cause: Cause, tensor: TensorTag, share: Double, firstStep: Int) {
    self.cause = cause
    self.tensor = tensor
    self.share = share
    self.firstStep = firstStep
  }

  private init?(_ cause: Cause, of series: TensorSeries, until end: Int) {
    let points = series.points.filter { $0.step <= end }
    func counted(_ point: TensorPoint) -> RangeCounts {
      cause == .overflow ? point.taken : point.range
    }
    let threshold =
      cause == .overflow || cause == .infiniteUpdates ? 0 : DamageThreshold.share
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

  /// Whether a step from the reference's own state shows the damage, too, where there is one:
  /// otherwise trajectories differ, by a skipped step or a unit that is dead in one, and not the
  /// arithmetic.
  private static func isOfArithmetic(
    _ cause: Cause, _ tag: TensorTag, in run: PolicyRun, until end: Int
  ) -> Bool {
    let local = run.tensors.first { $0.tag == tag && $0.mode == .local }
    let points = (local?.points ?? []).filter { $0.step <= end }
    switch cause {
    case .longUpdates:
      let ratios = points.compactMap(\.deviation.normRatio)
      return ratios.max().map { $0 > DamageThreshold.updateRatio } ?? true
    case .vanishedUpdates:
      let shares = points.compactMap { point in
        point.lost.flatMap { cause.share(range: point.range, lost: $0) }
      }
      return shares.max().map { $0 >= DamageThreshold.share } ?? true
    default: return true
    }
  }

  private init?(longUpdatesOf series: TensorSeries, until end: Int) {
    let points = series.points.filter { $0.step <= end }
    func ratio(_ point: TensorPoint) -> Double? {
      point.deviation.normRatio.flatMap { $0 > DamageThreshold.updateRatio ? $0 : nil }
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
  package var sentence: String {
    let share = ReadableNumber.percent(share, digits: 2)
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
    case .stuckMoment:
      "left \(share) of the values of \(name) as they were at each decay, so that it could not follow "
        + "the gradients, from step \(firstStep) on"
    case .longUpdates, .shortUpdates, .lengthenedUpdates:
      "made \(name) \(ReadableNumber.rounded(self.share, digits: 2)) times as long "
        + "as the reference's, from step \(firstStep) on"
    case .forwardOverflow:
      "overflowed in the forward pass, which no loss scale can help, in \(share) of the steps, "
        + "first at step \(firstStep) in \(name)"
    case .skippedSteps:
      "skipped \(share) of the steps for scaled gradients that overflowed, first at step \(firstStep) for "
        + name
    case .keptDecay:
      "kept \(share) of \(place) that weight decay was to take, from step \(firstStep) on"
    case .scalerStop:
      "would have ended at step \(firstStep), where its loss scaler raises an error: the scale was at "
        + "its least and \(name) overflowed"
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
    case .longUpdates, .forwardOverflow, .scalerStop, .shortUpdates, .lengthenedUpdates,
      .stuckMoment, .skippedSteps, .keptDecay:
      nil
    }
  }
}

extension PolicyRun {
  /// The steps that were skipped for scaled gradients, and whether the scale of the next one is
  /// lower.
  var backwardSkips: [(record: StepRecord, lowersScale: Bool)] {
    steps.indices.filter { steps[$0].skip?.reason == .backward }.map { index in
      let next = index + 1 < steps.count ? steps[index + 1].lossScale : nil
      return (
        steps[index],
        policy.hasDynamicScale != false && (next ?? 0) < (steps[index].lossScale ?? .infinity)
      )
    }
  }

  /// The first step whose loss scale is above that of the one before; nil without.
  var firstGrowth: Int? {
    zip(steps, steps.dropFirst()).first { ($1.lossScale ?? 0) > ($0.lossScale ?? 0) }?.1.step
  }

  /// The tensor for which a step was skipped, the loss where none is known.
  fileprivate func tensor(ofSkip step: Int) -> TensorTag? {
    guard let skip = steps.first(where: { $0.step == step })?.skip else { return nil }
    return skip.tensor ?? TensorTag(layer: "loss", operation: "loss", kind: .activationGradient)
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
    case .firstMoment: "the first moment of \(place)"
    case .secondMoment: "the second moment of \(place)"
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

extension TensorSeries {
  /// Whether the tensor's format has FP32's exponents, at least.
  fileprivate var hasRangeOfFP32: Bool {
    Format(id: format).map { $0.exponentBits >= Format.fp32.exponentBits } ?? true
  }
}
