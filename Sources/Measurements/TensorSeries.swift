// SPDX-License-Identifier: Apache-2.0

/// From which weights the step that produced a measurement started.
package enum ComparisonMode: String, Codable, Sendable, Hashable, CaseIterable {
  /// From the twin's own weights: the error accumulated since the first step.
  case trajectory
  /// From the reference's weights, rounded to the twin's: the error that this step alone adds.
  case local
}

/// What was measured of one tensor at one step.
package struct TensorPoint: Sendable, Hashable {
  /// The step, from 1.
  package var step: Int
  /// The range counts of the tensor's last rounding, with any loss scale included.
  package var range: RangeCounts
  /// What of `range` is of steps that the loss scaler skipped; nil where none was.
  package var skipped: RangeCounts?
  /// The deviation from the reference's tensor, with the loss scale removed.
  package var deviation: Deviation
  /// The lost updates; only for tensors of the kind `update`.
  package var lost: LostUpdates?
  /// What its decay did to an optimizer's moment; only for moments.
  package var decay: MomentDecay?
  /// What arrived of a weight decay; only for weights.
  package var weightDecay: WeightDecay?
  /// Where the deviation comes from; only at steps with a local comparison.
  package var origin: ErrorOrigin?
  /// What the format makes of the reference's values and the loss scale repairs; only for
  /// gradients.
  package var recovery: UnderflowRecovery?

  /// The measurement.
  package init(
    step: Int, range: RangeCounts, deviation: Deviation, lost: LostUpdates? = nil,
    decay: MomentDecay? = nil, origin: ErrorOrigin? = nil, recovery: UnderflowRecovery? = nil
  ) {
    self.step = step
    self.range = range
    self.deviation = deviation
    self.lost = lost
    self.decay = decay
    self.origin = origin
    self.recovery = recovery
  }

  /// The range counts of the steps that were taken.
  package var taken: RangeCounts { skipped.map(range.without) ?? range }

  /// Adds the measurement of a later step, under this one's step.
  mutating func merge(_ other: TensorPoint) {
    range.merge(other.range)
    skipped.merge(other.skipped) { $0.merge($1) }
    deviation.merge(other.deviation)
    lost.merge(other.lost) { $0.merge($1) }
    decay.merge(other.decay) { $0.merge($1) }
    weightDecay.merge(other.weightDecay) { $0.merge($1) }
    origin.merge(other.origin) { $0.merge($1) }
    recovery.merge(other.recovery) { $0.merge($1) }
  }
}

extension Optional {
  fileprivate mutating func merge(_ other: Wrapped?, _ merge: (inout Wrapped, Wrapped) -> Void) {
    guard let other else { return }
    guard var sum = self else {
      self = other
      return
    }
    merge(&sum, other)
    self = sum
  }
}

/// One tensor of one policy over the measured steps.
///
/// Its JSON holds a column per figure, all of the same length, instead of an object per point: a
/// quarter of the size.
package struct TensorSeries: Sendable, Hashable {
  /// Which tensor.
  package let tag: TensorTag
  /// The comparison that `points` hold.
  package let mode: ComparisonMode
  /// The id of the format the tensor is stored in: a `Format` id, or `fp64`.
  package let format: String
  /// The measurements in ascending order of steps. Of more than `pointLimit`, neighbours are
  /// merged: a point then stands for the measured steps from its own up to the next one's.
  package private(set) var points: [TensorPoint]
  /// The number of measurements that every point but the last stands for.
  package internal(set) var measurementsPerPoint = 1
  /// The number of measurements that the last point stands for.
  package internal(set) var lastMeasurements = 1
  /// The exponents of the tensor's values over all measured steps, as stored, with any loss scale
  /// included.
  package var exponents: ExponentHistogram

  /// The series.
  package init(
    tag: TensorTag, mode: ComparisonMode, format: String, points: [TensorPoint] = [],
    exponents: ExponentHistogram
  ) {
    self.tag = tag
    self.mode = mode
    self.format = format
    self.points = points
    self.exponents = exponents
  }

  /// The most points of a series, so that memory does not grow with the steps.
  package static let pointLimit = 512

  /// Adds the measurement of a step after all others.
  package mutating func append(_ point: TensorPoint) {
    if lastMeasurements < measurementsPerPoint, !points.isEmpty {
      points[points.count - 1].merge(point)
      lastMeasurements += 1
      return
    }
    if points.count == Self.pointLimit {
      points = stride(from: 0, to: points.count, by: 2).map { first in
        var pair = points[first]
        pair.merge(points[first + 1])
        return pair
      }
      measurementsPerPoint *= 2
    }
    points.append(point)
    lastMeasurements = 1
  }

  /// Notes that the step of the last measurement, which counted `range`, was skipped by the loss
  /// scaler.
  package mutating func skipLast(_ range: RangeCounts) {
    guard !points.isEmpty else { return }
    points[points.count - 1].skipped = points[points.count - 1].skipped ?? RangeCounts()
    points[points.count - 1].skipped?.merge(range)
  }

  /// The range counts merged over all points.
  package var totalRange: RangeCounts {
    points.reduce(into: RangeCounts()) { $0.merge($1.range) }
  }

  /// The lost updates merged over all points, nil where none were recorded.
  package var totalLost: LostUpdates? {
    points.reduce(into: nil) { total, point in
      guard let lost = point.lost else { return }
      total = total ?? LostUpdates()
      total?.merge(lost)
    }
  }
}
