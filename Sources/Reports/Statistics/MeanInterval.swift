// SPDX-License-Identifier: Apache-2.0

/// A mean of differences with its standard error, and what follows by Student's t.
package struct MeanInterval: Hashable, Sendable, Codable {
  /// The level of the intervals that are shown.
  package static let level = 0.95

  /// The mean.
  package let estimate: Double
  /// Its standard error.
  package let standardError: Double
  /// ν of the t distribution.
  package let degreesOfFreedom: Int
  /// The ends of the interval of `level`: estimate -/+ t standardError.
  package let lower: Double
  /// The upper end.
  package let upper: Double

  /// The interval; nil where a number is not finite or nothing is left to estimate the error from.
  init?(estimate: Double, standardError: Double, degreesOfFreedom: Int) {
    guard estimate.isFinite, standardError.isFinite, degreesOfFreedom > 0 else { return nil }
    self.estimate = estimate
    self.standardError = standardError
    self.degreesOfFreedom = degreesOfFreedom
    let half =
      StudentDistribution(degreesOfFreedom: degreesOfFreedom).quantile(twoSided: Self.level)
      * standardError
    (lower, upper) = (estimate - half, estimate + half)
  }

  /// The mean of independent observations: s / √n, n - 1 degrees of freedom (Student, 1908); nil
  /// for fewer than two, or where one is not finite.
  init?(_ values: [Double]) {
    guard values.count > 1 else { return nil }
    let n = Double(values.count)
    let mean = values.reduce(0, +) / n
    self.init(
      estimate: mean, standardError: sampleDeviation(values) / n.squareRoot(),
      degreesOfFreedom: values.count - 1)
  }

  /// The ratio Σy / Σx of pairs of independent observations (Cochran, 1977, section 6.4): its
  /// standard error is that of the mean of y - r x over the mean of x.
  init?(ratioOf y: [Double], to x: [Double]) {
    let n = Double(x.count)
    let mean = x.reduce(0, +) / n
    guard x.count == y.count, x.count > 1, mean != 0 else { return nil }
    let ratio = y.reduce(0, +) / n / mean
    self.init(
      estimate: ratio,
      standardError: sampleDeviation(zip(y, x).map { $0 - ratio * $1 }) / n.squareRoot()
        / mean.magnitude,
      degreesOfFreedom: x.count - 1)
  }

  /// The probability of an estimate at least as far from a value, were that the mean: two-sided; 1
  /// where the estimate is the value.
  func probability(of value: Double) -> Double {
    let distance = (estimate - value).magnitude
    guard distance > 0 else { return 1 }
    return StudentDistribution(degreesOfFreedom: degreesOfFreedom)
      .twoSidedTail(distance / standardError)
  }

  /// Whether zero lies outside.
  package var excludesZero: Bool { lower > 0 || upper < 0 }

  /// The mean less another, independent one, with the fewer degrees of freedom.
  func less(_ other: MeanInterval) -> MeanInterval? {
    let variance = standardError * standardError + other.standardError * other.standardError
    return MeanInterval(
      estimate: estimate - other.estimate, standardError: variance.squareRoot(),
      degreesOfFreedom: min(degreesOfFreedom, other.degreesOfFreedom))
  }

  /// The same with the sign turned.
  var negated: MeanInterval? {
    MeanInterval(
      estimate: -estimate, standardError: standardError, degreesOfFreedom: degreesOfFreedom)
  }
}

/// √(Σ (x - x̄)² / (n - 1)); NaN for fewer than two values.
func sampleDeviation(_ values: [Double]) -> Double {
  let n = Double(values.count)
  let mean = values.reduce(0, +) / n
  return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)).squareRoot()
}
