// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

/// The bias of roundings as its four figures.
public struct BiasFigures: Hashable, Sendable, Codable {
  /// The mean signed error [ulp]; nil without results.
  public var signed: Double?
  /// That mean in standard errors; nil where it does not exist.
  public var signedScore: Double?
  /// The mean error in magnitude [ulp]: negative toward zero; nil without results.
  public var magnitude: Double?
  /// That mean in standard errors; nil where it does not exist.
  public var magnitudeScore: Double?

  /// The figures of merged errors.
  init(_ bias: RoundingBias) {
    signed = bias.signed.mean
    signedScore = bias.signed.zScore
    magnitude = bias.magnitude.mean
    magnitudeScore = bias.magnitude.zScore
  }

  /// The figures of all values and gradients of a policy, in steps from the reference's weights.
  init(_ run: PolicyRun) {
    self.init(
      run.tensors.lazy.filter { $0.mode == .local && $0.tag.kind.direction != .optimizer }
        .flatMap(\.points).compactMap(\.origin)
        .reduce(into: RoundingBias()) { $0.merge($1.bias) })
  }

  /// The standard errors from which on a mean is shown.
  static let shownScore = 3.0
  /// The standard errors from which on a policy is called biased: over all of its values, chance and
  /// the data's own structure reach further than over one tensor's.
  static let biasedScore = 10.0

  /// The least mean [ulp] by which a policy that rounds to a format is called biased.
  ///
  /// Where values are spread evenly over the logarithms, as they are within a binade of most data, more of
  /// them lie below a midpoint than above it, and rounding to nearest itself is off by about 2^-p/8 ulp
  /// outward: twice that, and 2^-9 for what data does.
  static func leastBias(_ format: Format?) -> Double {
    0x1p-9 + Double(sign: .plus, exponent: -(format?.precision ?? 53) - 2, significand: 1)
  }

  /// Whether roundings to a format are biased, signed or in magnitude.
  func isBiased(in format: Format?) -> Bool {
    let least = Self.leastBias(format)
    return [(signed, signedScore), (magnitude, magnitudeScore)].contains { mean, score in
      // Equal errors have no standard error, and are biased all the more.
      (mean ?? 0).magnitude > least && (score ?? .infinity).magnitude > Self.biasedScore
    }
  }
}
