// SPDX-License-Identifier: Apache-2.0
import Measurements

/// How much of a tensor's error its own operation makes, over the local comparisons of a run, or
/// over its own steps where it has none.
package struct TensorOrigin: Hashable, Sendable, Codable {
  /// The tensor.
  package var tensor: TensorTag
  /// The median over steps of ‖y - y*‖ / ‖x‖: the operation's own error.
  package var added: Double
  /// The median over steps of ‖y* - x‖ / ‖x‖: what its operands brought along; nil where it does
  /// not exist.
  package var inherited: Double?
  /// The bias of its roundings over all local comparisons.
  package var bias: BiasFigures

  /// The tensors of a run by their own error, the greatest first; those without one, and those that
  /// are zero but for rounding, are left out.
  static func ranked(_ run: PolicyRun, reference: PolicyRun) -> [TensorOrigin] {
    let mode = run.originMode
    return run.tensors.compactMap { series -> TensorOrigin? in
      guard series.mode == mode, series.tag.kind.direction != .optimizer,
        !reference.isZeroButForRounding(series.tag)
      else { return nil }
      let origins = series.points.compactMap(\.origin)
      guard let added = median(origins.compactMap(\.added)), added > 0 else { return nil }
      let bias = origins.reduce(into: RoundingBias()) { $0.merge($1.bias) }
      return TensorOrigin(
        tensor: series.tag, added: added, inherited: median(origins.compactMap(\.inherited)),
        bias: BiasFigures(bias))
    }.sorted { ($0.added, $1.tensor.description) > ($1.added, $0.tensor.description) }
  }
}

extension PolicyRun {
  /// Where added errors are read: from the reference's own weights, or along the run's own way
  /// where no step was taken from there.
  var originMode: ComparisonMode { tensors.contains { $0.mode == .local } ? .local : .trajectory }
}
