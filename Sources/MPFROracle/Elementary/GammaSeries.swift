// SPDX-License-Identifier: Apache-2.0

/// Γ and ln |Γ| in FP64 where a short series gives them: next to 0 and far from it, and by recurrence
/// in between. Relative errors are below 2^-46.
enum GammaSeries {
  /// Whether a function is one of the two.
  static func has(_ function: RealFunction) -> Bool { function == .gamma || function == .lgamma }

  /// The value at a number of FP32; nil below -64, where it is not known to 2^-46, and for other
  /// functions.
  static func value(_ function: RealFunction, at x: Double) -> Double? {
    guard has(function), x.isFinite, x != 0 else { return nil }
    let isGamma = function == .gamma
    // Γ(64) is above 2^289.
    if x >= 64 { return isGamma ? .infinity : factorial(x) - naturalLogarithm(x) }
    if x.magnitude <= 0x1p-8 { return isGamma ? nearZero(x) : logarithmNearZero(x) }
    return GammaRecurrence(x).flatMap { isGamma ? $0.gamma : $0.logarithmOfMagnitude }
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

  /// ln |Γ(x)| at an FP32 number of -64 or less: infinite at integers, elsewhere with y = -x
  /// ln(π / |sin πy|) - ln Γ(y + 1).
  ///
  /// The second term is at least 205, the first between 1 and 12, so that the sum loses no bit.
  static func logarithmFarBelow(_ x: Double) -> Double {
    let y = -x
    let distance = (y - y.rounded()).magnitude
    guard distance != 0 else { return .infinity }
    return reflections[Int(distance * 0x1p17)] - factorial(y)
  }

  /// ln(π / sin πd) of the distances d = k 2^-17 that a number of FP32 of at least 64 may be away
  /// from an integer, after a first one that is none.
  private static let reflections: [Double] = (0...1 << 16).map { k in
    naturalLogarithm(Double.pi / QuarterTurns(halfTurns: Float(k) * 0x1p-17).sine)
  }

  /// ln Γ(y + 1) at a y of at least 64 by Stirling's series, whose first term left out is below
  /// 2^-50; the rounding errors are below 10 u of the value.
  private static func factorial(_ y: Double) -> Double {
    let inverse = 1 / y
    let square = inverse * inverse
    let series = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260)))
    // ln √(2π)
    let half = 0.918_938_533_204_672_8
    return (y + 0.5) * naturalLogarithm(y) - y + half + series
  }

  /// ln x of a positive normal number with an absolute error below 3 u (1 + |ln x|), and within
  /// √½...√2 one below 5 u |ln x|, u being 2^-53: twice the area tangent of (s - 1) / (s + 1), s being the
  /// significand in √½...√2, whose series leaves less than 2^-60.
  static func naturalLogarithm(_ x: Double) -> Double {
    let one = (1.0).bitPattern
    var exponent = Int(x.bitPattern >> 52) - 1023
    var significand = Double(bitPattern: x.bitPattern & (1 << 52 - 1) | one)
    if significand > 1.414_213_562_373_095 {
      significand /= 2
      exponent += 1
    }
    let z = (significand - 1) / (significand + 1)
    let w = z * z
    var sum = w / 23
    sum = (sum + 1.0 / 21) * w
    sum = (sum + 1.0 / 19) * w
    sum = (sum + 1.0 / 17) * w
    sum = (sum + 1.0 / 15) * w
    sum = (sum + 1.0 / 13) * w
    sum = (sum + 1.0 / 11) * w
    sum = (sum + 1.0 / 9) * w
    sum = (sum + 1.0 / 7) * w
    sum = (sum + 1.0 / 5) * w
    sum = (sum + 1.0 / 3) * w
    // ln 2
    return Double(exponent) * 0.693_147_180_559_945_3 + 2 * z * (1 + sum)
  }
}
