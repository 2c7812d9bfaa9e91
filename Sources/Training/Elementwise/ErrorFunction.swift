// SPDX-License-Identifier: Apache-2.0

/// erf by Taylor polynomials around the multiples of 1/16, whose coefficients are computed once.
///
/// The derivatives obey f'' = -2 x f', hence f⁽ⁿ⁺²⁾ = -2 x f⁽ⁿ⁺¹⁾ - 2 n f⁽ⁿ⁾ for n >= 1
/// (Abramowitz and Stegun, 7.1.19 with the recurrence of the Hermite polynomials, 22.7.13).
enum ErrorFunction {
  private static let centersPerUnit = 16.0
  /// From here on 1 - erf x is below 2^-54.
  private static let saturation = 6.0
  private static let degree = 11
  private static let twoOverRootPi = 0x1.20dd750429b6dp0

  /// The coefficients of all polynomials, ascending in center and degree.
  private static let table: [Double] = {
    (0...Int(saturation * centersPerUnit)).flatMap { index in
      coefficients(around: Double(index) / centersPerUnit)
    }
  }()

  private static func coefficients(around x: Double) -> [Double] {
    var derivatives = [series(x), twoOverRootPi * Elementary.exp(-x * x)]
    derivatives.append(-2 * x * derivatives[1])
    for n in 1...(degree - 2) {
      derivatives.append(-2 * x * derivatives[n + 1] - 2 * Double(n) * derivatives[n])
    }
    var factorial = 1.0
    return derivatives.enumerated().map { n, derivative in
      factorial *= n > 1 ? Double(n) : 1
      return derivative / factorial
    }
  }

  /// erf x = 2/√π e^(-x²) Σ 2ⁿ x^(2n+1) / (2n+1)!!, all terms of one sign (Abramowitz and Stegun,
  /// 7.1.6).
  private static func series(_ x: Double) -> Double {
    var term = x
    var sum = 0.0
    var n = 0
    while term > sum * 0x1p-60 {
      sum += term
      n += 1
      term *= 2 * x * x / Double(2 * n + 1)
    }
    return twoOverRootPi * Elementary.exp(-x * x) * sum
  }

  static func value(_ x: Double) -> Double {
    guard x == x else { return x }
    let magnitude = x.magnitude
    guard magnitude < saturation else { return x < 0 ? -1 : 1 }
    let center = (magnitude * centersPerUnit).rounded(.toNearestOrEven)
    let h = magnitude - center / centersPerUnit
    let start = Int(center) * (degree + 1)
    let result = table.withUnsafeBufferPointer { table in
      var sum = 0.0
      for n in stride(from: start + degree, through: start, by: -1) { sum = sum * h + table[n] }
      return sum
    }
    return x.sign == .minus ? -result : result
  }
}
