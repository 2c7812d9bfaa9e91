// SPDX-License-Identifier: Apache-2.0

/// Γ and ln |Γ| at FP32 numbers of -64 or less, in FP64.
enum FarGamma {
  /// Γ(x): NaN at integers, elsewhere `ElementaryReference.tiny` with its sign, as
  /// |Γ(-y)| = π / (|sin πy| Γ(y + 1)) <= π / (2^-16 64!) < 2^-270 where y is at least 2^-17 from
  /// every integer.
  static func value(at x: Double) -> Double {
    let below = x.rounded(.down)
    guard below != x else { return .nan }
    let isNegative = below.truncatingRemainder(dividingBy: 2) != 0
    return isNegative ? -ElementaryReference.tiny : ElementaryReference.tiny
  }

  /// ln |Γ(x)|: infinite at integers, elsewhere with y = -x
  /// ln(π / |sin πy|) - ln Γ(y + 1), the second term by Stirling's series.
  ///
  /// The second term is at least 205, the first between 1 and 12, so that the sum loses no bit. The
  /// first term that the series leaves out is below 2^-50 at 64; the rounding errors are below 8 u
  /// of the larger term.
  static func logarithm(at x: Double) -> Double {
    let y = -x
    guard y.rounded(.down) != y else { return .infinity }
    let sine = QuarterTurns(halfTurns: Float(y)).sine.magnitude
    let inverse = 1 / y
    let square = inverse * inverse
    let series = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260)))
    // ln √(2π)
    let half = 0.918_938_533_204_672_8
    let factorial = (y + 0.5) * naturalLogarithm(y) - y + half + series
    return naturalLogarithm(Double.pi / sine) - factorial
  }

  /// ln x of a positive normal number with an absolute error below 2^-52 (1 + |ln x|): twice the
  /// area tangent of (s - 1) / (s + 1), s being the significand in √½...√2, whose series leaves
  /// less than 2^-60.
  private static func naturalLogarithm(_ x: Double) -> Double {
    var (significand, exponent) = (x.significand, Double(x.exponent))
    if significand > 1.414_213_562_373_095 {
      significand /= 2
      exponent += 1
    }
    let z = (significand - 1) / (significand + 1)
    let w = z * z
    var sum = 0.0
    for k in stride(from: 23.0, through: 3, by: -2) { sum = (sum + 1 / k) * w }
    // ln 2
    return exponent * 0.693_147_180_559_945_3 + 2 * z * (1 + sum)
  }
}
