// SPDX-License-Identifier: Apache-2.0
import Measurements

/// How much of a tensor's error its own operation makes, over the local comparisons of a run.
public struct TensorOrigin: Hashable, Sendable, Codable {
  /// The tensor.
  public var tensor: TensorTag
  /// The median over steps of ‖y - y*‖ / ‖x‖: the operation's own error.
  public var added: Double
  /// The median over steps of ‖y* - x‖ / ‖x‖: what its operands brought along; nil where it does
  /// not exist.
  public var inherited: Double?
  /// The mean signed error of its roundings [ulp] over all local comparisons; nil without any.
  public var bias: Double?
  /// The bias in standard errors; nil where it does not exist.
  public var biasScore: Double?

  /// Whether the bias is more than three standard errors from zero.
  var isBiased: Bool { (biasScore ?? 0).magnitude > 3 }

  /// The tensors of a run by their own error, the greatest first; those without one are left out.
  static func ranked(_ run: PolicyRun) -> [TensorOrigin] {
    run.tensors.compactMap { series -> TensorOrigin? in
      guard series.mode == .local, series.tag.kind.direction != .optimizer else { return nil }
      let origins = series.points.compactMap(\.origin)
      guard let added = median(origins.compactMap(\.added)), added > 0 else { return nil }
      let bias = origins.reduce(into: RoundingBias()) { $0.merge($1.bias) }
      return TensorOrigin(
        tensor: series.tag, added: added, inherited: median(origins.compactMap(\.inherited)),
        bias: bias.mean, biasScore: bias.zScore)
    }.sorted { ($0.added, $1.tensor.description) > ($1.added, $0.tensor.description) }
  }
}
