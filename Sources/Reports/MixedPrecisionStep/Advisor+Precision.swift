// SPDX-License-Identifier: Apache-2.0
import Measurements

/// Advice on how values are rounded, and to how many bits.
extension Advisor {
  /// The least mean error in magnitude [ulp] that says which way a policy rounds.
  private static let truncation = 0.1
  /// The relative error of a step's gradients that asks for more bits where nothing else explains a
  /// loss.
  private static let gradientError = 0.05

  /// Roundings that do not all go toward zero.
  var rounding: Remedy? {
    guard outcome.isBiased, let magnitude = outcome.bias.magnitude,
      magnitude.magnitude > Self.truncation
    else { return nil }
    return Remedy(
      policy: policy.policy.name,
      change: "rounding to nearest, or stochastic rounding with more bits",
      evidence: "results are \(ReadableNumber.significant(magnitude.magnitude, digits: 2)) ulp "
        + "\(magnitude < 0 ? "smaller" : "greater") in magnitude than exact ones, in the mean")
  }

  /// More bits, for a policy that is off and whose steps are so inexact that nothing else need be.
  var precision: Remedy? {
    guard outcome.isOff, outcome.lostProgress ?? 0 > 0, let error = outcome.stepError,
      error > Self.gradientError,
      let origin = outcome.origins.first
    else { return nil }
    return Remedy(
      policy: policy.policy.name,
      change: "formats with more bits, first for `\(origin.tensor.layer)`",
      evidence: "the gradients of a single step are off by "
        + "\(ReadableNumber.significant(error, digits: 2)), and \(origin.tensor.name) alone adds a relative error "
        + "of \(ReadableNumber.significant(origin.added, digits: 2))")
  }
}
