// SPDX-License-Identifier: Apache-2.0

/// Logarithms and powers for axes and their labels, without libm, so that a figure has the same
/// bytes everywhere.
enum Powers {
  /// log2(10), rounded to nearest.
  static let log2Of10 = 3.321928094887362
  /// ln 2, rounded to nearest.
  static let naturalLog2 = 0.6931471805599453

  /// log2(x) for positive finite x, to about 1e-15: the exponent is exact, the significand's
  /// logarithm is 2 atanh((m - 1) / (m + 1)) / ln 2 by its series.
  static func log2(_ x: Double) -> Double {
    guard x > 0, x.isFinite else { return x == 0 ? -.infinity : .nan }
    var exponent = Double(x.exponent)
    var significand = x.significand
    if significand > 2.0.squareRoot() {
      significand /= 2
      exponent += 1
    }
    let z = (significand - 1) / (significand + 1)
    let square = z * z
    var term = z
    var sum = 0.0
    // |z| <= 0.1716, so the twelfth term is below 2^-63.
    for k in 0..<12 {
      sum += term / Double(2 * k + 1)
      term *= square
    }
    return exponent + sum * 2 / naturalLog2
  }

  /// base^exponent by squaring; the reciprocal for a negative exponent.
  static func power(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0
    var square = base
    var remaining = exponent.magnitude
    while remaining > 0 {
      if remaining & 1 == 1 { result *= square }
      square *= square
      remaining >>= 1
    }
    return exponent < 0 ? 1 / result : result
  }
}
