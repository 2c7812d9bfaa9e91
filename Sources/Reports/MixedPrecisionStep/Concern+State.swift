// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

extension Concern {
  /// From where on a length that lasts counts.
  enum LengthThreshold {
    /// The ratio of an update's, or a moment's, norm to the reference's, and its inverse.
    static let shortest = 0.8
    static let longest = 1 / shortest
    /// The measured steps in a row, at least, and their least share of all.
    static let steps = 10
    static let share = 0.1
    /// The share of a moment's values that its decays leave as they were.
    static let stuck = 0.5
  }

  /// Updates whose length is off for long, and moments that do not decay and are off for long.
  ///
  /// Two trajectories that went apart have updates of different lengths, whatever the arithmetic. A
  /// length is the arithmetic's where a moment of the same weights is stuck, or in a narrow format
  /// and off for as long, or where steps from the reference's own state have it, too.
  static func ofState(in run: PolicyRun, until end: Int) -> [Concern] {
    let found = offLengths(in: run, until: end)
    let stuck = Set(found.filter { $0.cause == .stuckMoment }.map(\.tensor.place))
    return found.filter { concern in
      concern.cause == .stuckMoment || stuck.contains(concern.tensor.place)
        || hasNarrowState(run) && hasOffMoment(concern.tensor, in: run, until: end)
        || isLocal(concern, in: run, until: end)
    }
  }

  /// Whether the second moment of the same weights is shorter or longer than the reference's for
  /// long.
  private static func hasOffMoment(_ tag: TensorTag, in run: PolicyRun, until end: Int) -> Bool {
    run.tensors.contains {
      $0.mode == .trajectory && $0.tag.kind == .secondMoment && $0.tag.place == tag.place
        && LastingLength($0, until: end) != nil
    }
  }

  /// Whether steps from the reference's own state are short or long, too; true where there are
  /// none.
  private static func isLocal(_ concern: Concern, in run: PolicyRun, until end: Int) -> Bool {
    let local = run.tensors.first { $0.tag == concern.tensor && $0.mode == .local }
    let points = (local?.points ?? []).filter { concern.firstStep...end ~= $0.step }
    guard let ratio = LastingLength.ratio(points[...]) else { return true }
    return concern.cause == .shortUpdates
      ? ratio < LengthThreshold.shortest : ratio > LengthThreshold.longest
  }

  private static func hasNarrowState(_ run: PolicyRun) -> Bool {
    Format(id: run.policy.optimizer).map { $0.bitWidth <= 16 } ?? false
  }

  /// Every update whose length is off for long, whatever the reason, and every stuck moment that
  /// is.
  private static func offLengths(in run: PolicyRun, until end: Int) -> [Concern] {
    let series = run.tensors.filter { $0.mode == .trajectory }
    let isNarrow = hasNarrowState(run)
    return series.compactMap { series in
      let lasting = LastingLength(series, until: end)
      switch series.tag.kind {
      case .update:
        guard let lasting, lasting.ratio < 1 || isNarrow else { return nil }
        return Concern(
          cause: lasting.ratio < 1 ? .shortUpdates : .lengthenedUpdates, tensor: series.tag,
          share: lasting.ratio, firstStep: lasting.firstStep)
      case .firstMoment, .secondMoment:
        guard let lasting, let stuck = series.stuckRate(until: end), stuck >= LengthThreshold.stuck
        else { return nil }
        return Concern(
          cause: .stuckMoment, tensor: series.tag, share: stuck, firstStep: lasting.firstStep)
      case .weight, .activation, .activationGradient, .weightGradient: return nil
      }
    }
  }
}

/// The longest row of measured steps in which a tensor is shorter, or longer, than the reference's.
struct LastingLength {
  /// The first of the steps.
  let firstStep: Int
  /// ‖y‖ / ‖x‖ over all of them together.
  let ratio: Double

  /// The longest row before the end; nil for one of too few steps to count.
  init?(_ series: TensorSeries, until end: Int) {
    let longest = series.points.map(\.deviation.referenceSquares).max() ?? 0
    // Where next to nothing is left of the reference's, there is nothing to be short of.
    let points = series.points.filter {
      $0.step <= end && $0.deviation.referenceSquares >= 0x1p-40 * longest
    }
    let least = max(
      Concern.LengthThreshold.steps,
      Int((Concern.LengthThreshold.share * Double(points.count)).rounded(.up)))
    let rows = [
      Self.longestRow(points) { $0 < Concern.LengthThreshold.shortest },
      Self.longestRow(points) { $0 > Concern.LengthThreshold.longest },
    ]
    guard let row = rows.max(by: { $0.count < $1.count }), row.count >= least,
      let first = row.first, let ratio = Self.ratio(row)
    else { return nil }
    firstStep = first.step
    self.ratio = ratio
  }

  /// ‖y‖ / ‖x‖ over several points.
  static func ratio(_ points: ArraySlice<TensorPoint>) -> Double? {
    points.reduce(into: Deviation()) { $0.merge($1.deviation) }.normRatio
  }

  private static func longestRow(
    _ points: [TensorPoint], where holds: (Double) -> Bool
  ) -> ArraySlice<TensorPoint> {
    var longest = 0..<0
    var start = 0
    for (i, point) in points.enumerated() {
      guard let ratio = point.deviation.normRatio, holds(ratio) else {
        start = i + 1
        continue
      }
      if i + 1 - start > longest.count { longest = start..<i + 1 }
    }
    return points[longest]
  }
}

extension TensorSeries {
  /// The share of a moment's values that its decays left as they were, over all steps up to one;
  /// nil for a tensor that is no moment.
  func stuckRate(until end: Int) -> Double? {
    points.filter { $0.step <= end }.reduce(into: MomentDecay()) { sum, point in
      if let decay = point.decay { sum.merge(decay) }
    }.stuckRate
  }
}
