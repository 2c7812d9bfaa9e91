// SPDX-License-Identifier: Apache-2.0

/// Γ and ln |Γ| in FP64 where a short series gives them: next to 0 and far from it. Relative errors
/// are below 2^-46.
enum GammaSeries {
  /// The value at a number of FP32 within 2^-8 of 0 or of at least 64; nil elsewhere and for other
  /// functions.
  static func value(_ function: RealFunction, at x: Double) -> Double? {
    guard function == .gamma || function == .lgamma, x.isFinite, x != 0 else { return nil }
    let isGamma = function == .gamma
    // Γ(64) is above 2^289.
    if x >= 64 { return isGamma ? .infinity : factorial(x) - naturalLogarithm(x) }
    guard x.magnitude <= 0x1p-8 else { return nil }
    return isGamma ? nearZero(x) : logarithmNearZero(x)
  }

  /// Γ(x) by the series of 1 / Γ (Abramowitz and Stegun 6.1.34), whose first term left out is below
  /// 2^-54 of it.
  private static func nearZero(_ x: Double) -> Double {
    let coefficients = [
      euler, -0.655_878_071_520_253_9, -0.042_002_635_034_095_24, 0.166_538_611_382_291_5,
      -0.042_197_734_555_544_34,
    ]
    return 1 / (x * (1 + coefficients.reversed().reduce(0.0) { ($0 + $1) * x }))
  }

  /// ln |Γ(x)| = -ln |x| - γx + Σ ζ(k) (-x)^k / k (Abramowitz and Stegun 6.1.33), whose first term
  /// left out is below 2^-50, the value being above 5.
  private static func logarithmNearZero(_ x: Double) -> Double {
    let coefficients = [
      euler, 1.644_934_066_848_226_4 / 2, 1.202_056_903_159_594_2 / 3, 1.082_323_233_711_138_2 / 4,
      1.036_927_755_143_369_9 / 5,
    ]
    return coefficients.reversed().reduce(0.0) { ($0 + $1) * -x } - naturalLogarithm(x.magnitude)
  }

  /// Euler's constant.
  private static let euler = 0.577_215_664_901_532_9

  /// Γ(x) at an x of -64 or less: NaN at integers, elsewhere `ElementaryReference.tiny` with its
  /// sign, as |Γ(-y)| = π / (|sin πy| Γ(y + 1)) <= π / (2^-16 64!) < 2^-270 where y is at least
  /// 2^-17 from every integer.
  static func farBelow(_ x: Double) -> Double {
    let below = x.rounded(.down)
    guard below != x else { return .nan }
    let isNegative = below.truncatingRemainder(dividingBy: 2) != 0
    return isNegative ? -ElementaryReference.tiny : ElementaryReference.tiny
  }

  /// ln |Γ(x)| at an x of -64 or less: infinite at integers, elsewhere with y = -x
  /// ln(π / |sin πy|) - ln Γ(y + 1).
  ///
  /// The second term is at least 205, the first between 1 and 12, so that the sum loses no bit.
  static func logarithmFarBelow(_ x: Double) -> Double {
    let y = -x
    guard y.rounded(.down) != y else { return .infinity }
    let sine = QuarterTurns(halfTurns: Float(y)).sine.magnitude
    return naturalLogarithm(Double.pi / sine) - factorial(y)
  }

  /// ln Γ(y + 1) at a y of at least 64 by Stirling's series, whose first term left out is below
  /// 2^-50; the rounding errors are below 8 u of the value.
  private static func factorial(_ y: Double) -> Double {
    let inverse = 1 / y
    let square = inverse * inverse
    let series = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260)))
    // ln √(2π)
    let half = 0.918_938_533_204_672_8
    return (y + 0.5) * naturalLogarithm(y) - y + half + series
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
