// SPDX-License-Identifier: Apache-2.0

/// exp, log, tanh and erf in FP64, from additions, multiplications, divisions and scalings by powers
/// of two alone: the same bits on every machine, where a libm differs from version to version.
///
/// Relative errors are below a dozen units of 2^-53 (about 10 for erf near 1/32, where neighbouring
/// polynomials meet, and 4 for exp and log); every caller rounds the result to a
/// narrower format or uses it in the FP64 reference.
public enum Elementary {
  /// ln 2 cut to 32 bits, so that its product with an exponent is exact, and the rest of it.
  private static let ln2Head = 0x1.62e42feep-1
  private static let ln2Tail = 0x1.a39ef35793c76p-33
  private static let reciprocalLn2 = 0x1.71547652b82fep0

  /// e^x - 1 for |x| <= ln(2)/2 by its Taylor polynomial; the first omitted term is below 2^-60 of
  /// the result.
  private static func expm1Reduced(_ r: Double) -> Double {
    var sum = 1.0
    for n in stride(from: expTerms, through: 2, by: -1) {
      // The reciprocals do not depend on the sum: the compiler computes them ahead.
      sum = 1 + sum * (r * (1 / Double(n)))
    }
    return sum * r
  }
  private static let expTerms = 15

  /// e^x; overflows to infinity and underflows gradually to zero.
  public static func exp(_ x: Double) -> Double {
    guard x == x else { return x }
    guard x < overflowOfExp else { return .infinity }
    guard x > underflowOfExp else { return 0 }
    let k = (x * reciprocalLn2).rounded(.toNearestOrEven)
    let r = (x - k * ln2Head) - k * ln2Tail
    let mantissa = 1 + expm1Reduced(r)
    return Double(sign: .plus, exponent: Int(k), significand: mantissa)
  }
  private static let overflowOfExp = 709.782712893384
  private static let underflowOfExp = -745.2

  /// e^x - 1, accurate near zero.
  public static func expm1(_ x: Double) -> Double {
    x.magnitude <= ln2Head / 2 ? expm1Reduced(x) : exp(x) - 1
  }

  /// ln x; NaN for x < 0, minus infinity for zero.
  public static func log(_ x: Double) -> Double {
    guard x > 0, x.isFinite else { return x == 0 ? -.infinity : x > 0 ? x : .nan }
    var exponent = Int(x.exponent)
    var m = x.significand
    if m > squareRootOf2 {
      m /= 2
      exponent += 1
    }
    // ln m = 2 artanh s = 2 s (1 + s²/3 + s⁴/5 + ...), |s| <= 3 - 2√2.
    let s = (m - 1) / (m + 1)
    let square = s * s
    var sum = 0.0
    for n in stride(from: logTerms, through: 1, by: -1) {
      sum = (sum + 1 / Double(2 * n + 1)) * square
    }
    let k = Double(exponent)
    return k * ln2Head + (k * ln2Tail + (2 * s * sum + 2 * s))
  }
  private static let squareRootOf2 = 0x1.6a09e667f3bcdp0
  private static let logTerms = 11

  /// tanh x.
  public static func tanh(_ x: Double) -> Double {
    guard x == x else { return x }
    let magnitude = x.magnitude
    guard magnitude < saturationOfTanh else { return x < 0 ? -1 : 1 }
    let e = expm1(2 * magnitude)
    let t = e / (e + 2)
    return x.sign == .minus ? -t : t
  }
  private static let saturationOfTanh = 20.0

  /// erf x = 2/√π ∫₀ˣ e^(-t²) dt.
  public static func erf(_ x: Double) -> Double { ErrorFunction.value(x) }
}
