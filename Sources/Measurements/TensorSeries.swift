// SPDX-License-Identifier: Apache-2.0

/// From which weights the step that produced a measurement started.
public enum ComparisonMode: String, Codable, Sendable, Hashable, CaseIterable {
  /// From the twin's own weights: the error accumulated since the first step.
  case trajectory
  /// From the reference's weights, rounded to the twin's: the error that this step alone adds.
  case local
}

/// What was measured of one tensor at one step.
public struct TensorPoint: Sendable, Hashable {
  /// The step, from 1.
  public var step: Int
  /// The range counts of the tensor's last rounding, with any loss scale included.
  public var range: RangeCounts
  /// The deviation from the reference's tensor, with the loss scale removed.
  public var deviation: Deviation
  /// The lost updates; only for tensors of the kind `update`.
  public var lost: LostUpdates?

  /// The measurement.
  public init(step: Int, range: RangeCounts, deviation: Deviation, lost: LostUpdates? = nil) {
    self.step = step
    self.range = range
    self.deviation = deviation
    self.lost = lost
  }
}

/// One tensor of one policy over the measured steps.
///
/// Its JSON holds a column per figure, all of the same length, instead of an object per point: a
/// quarter of the size.
public struct TensorSeries: Sendable, Hashable {
  /// Which tensor.
  public let tag: TensorTag
  /// The comparison that `points` hold.
  public let mode: ComparisonMode
  /// The id of the format the tensor is stored in: a `Format` id, or `fp64`.
  public let format: String
  /// The measurements in ascending order of steps.
  public var points: [TensorPoint]
  /// The exponents of the tensor's values over all measured steps, as stored, with any loss scale
  /// included.
  public var exponents: ExponentHistogram

  /// The series.
  public init(
    tag: TensorTag, mode: ComparisonMode, format: String, points: [TensorPoint] = [],
    exponents: ExponentHistogram
  ) {
    self.tag = tag
    self.mode = mode
    self.format = format
    self.points = points
    self.exponents = exponents
  }

  /// The range counts merged over all points.
  public var totalRange: RangeCounts {
    points.reduce(into: RangeCounts()) { $0.merge($1.range) }
  }

  /// The lost updates merged over all points, nil where none were recorded.
  public var totalLost: LostUpdates? {
    points.reduce(into: nil) { total, point in
      guard let lost = point.lost else { return }
      total = total ?? LostUpdates()
      total?.merge(lost)
    }
  }
}
