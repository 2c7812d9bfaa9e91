// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

/// The bias of roundings as its four figures.
package struct BiasFigures: Hashable, Sendable, Codable {
  /// The mean signed error [ulp]; nil without results.
  package var signed: Double?
  /// That mean in standard errors; nil where it does not exist.
  package var signedScore: Double?
  /// The mean error in magnitude [ulp]: negative toward zero; nil without results.
  package var magnitude: Double?
  /// That mean in standard errors; nil where it does not exist.
  package var magnitudeScore: Double?

  /// The figures of merged errors.
  init(_ bias: RoundingBias) {
    signed = bias.signed.mean
    signedScore = bias.signed.zScore
    magnitude = bias.magnitude.mean
    magnitudeScore = bias.magnitude.zScore
  }

  /// The figures of all values and gradients of a policy, in steps from the reference's weights.
  ///
  /// Weights that hardly move are cast once more at every step, which is no new evidence: the
  /// standard errors are those of the errors of one step.
  init(_ run: PolicyRun) {
    let mode = run.originMode
    let series = run.tensors.filter { $0.mode == mode && $0.tag.kind.direction != .optimizer }
    self.init(
      series.lazy.flatMap(\.points).compactMap(\.origin)
        .reduce(into: RoundingBias()) { $0.merge($1.bias) })
    let steps = series.map { $0.points.count * $0.measurementsPerPoint }.max() ?? 1
    let share = 1 / Double(max(1, steps)).squareRoot()
    signedScore = signedScore.map { $0 * share }
    magnitudeScore = magnitudeScore.map { $0 * share }
  }

  /// The standard errors from which on a mean is shown.
  static let shownScore = 3.0
  /// The standard errors, of one step's errors, from which on a policy is called biased.
  static let biasedScore = shownScore

  /// The least mean [ulp] by which a policy that rounds to a format is called biased, in magnitude.
  ///
  /// Where values are spread evenly over the logarithms, as they are within a binade of most data,
  /// more of them lie below a midpoint than above it, and rounding to nearest itself is off by
  /// about 2^-p/8 ulp outward: twice that, and 2^-6 for what data does that hold the same numbers
  /// again and again.
  static func leastBias(_ format: Format?) -> Double {
    0x1p-6 + Double(sign: .plus, exponent: -(format?.precision ?? 53) - 2, significand: 1)
  }

  /// Whether roundings to a format are biased, signed or in magnitude; signed errors of one
  /// tensor's numbers add up where they have one sign, so that it takes twice the mean.
  func isBiased(in format: Format?) -> Bool {
    let least = Self.leastBias(format)
    return [(signed, signedScore, 2 * least), (magnitude, magnitudeScore, least)].contains {
      mean, score, least in
      // Equal errors have no standard error, and are biased all the more.
      (mean ?? 0).magnitude > least && (score ?? .infinity).magnitude > Self.biasedScore
    }
  }
}
