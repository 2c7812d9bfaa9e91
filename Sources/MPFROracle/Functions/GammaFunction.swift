// SPDX-License-Identifier: Apache-2.0
import CMPFR

/// The gamma function and its logarithm next to their pole at 0, where MPFR takes up to thirty times
/// its usual time.
enum GammaFunction {
  /// Below it the functions are evaluated next to 3.
  private static let nearZero = 0x1p-4

  /// The value at a nonzero x next to 0; nil elsewhere.
  ///
  /// Γ and ln Γ are convex for positive operands, so that they lie above their tangents at 1: for
  /// |x| <= 1/16, 0 < ln Γ(1 + x) + γx < x² and 0 < Γ(1 + x) - 1 + γx < 2x², half of their second
  /// derivatives there being below 1 and 2.
  static func nearZero(_ function: RealFunction, _ x: Double, _ p: Int) -> Bracket? {
    guard x != 0, x.magnitude < nearZero else { return nil }
    let (number, magnitude) = (Bracket(x, precision: p), Bracket(x.magnitude, precision: p))
    let isTangent = 2 * (Int(x.exponent) + 1) < -p
    guard isTangent else { return shifted(function, number, magnitude, isNegative: x < 0) }
    let zero = Bracket(0, precision: p)
    let square = magnitude * magnitude
    let slope = Bracket.euler(precision: p) * number
    if function == .lgamma {
      return Bracket(from: zero, to: square) - slope - logarithm(magnitude)
    }
    let rest = Bracket(from: zero, to: Bracket(2, precision: p) * square)
    let quotient = (Bracket(1, precision: p) - slope + rest) / magnitude
    return x < 0 ? -quotient : quotient
  }

  /// Γ(x + 3) / (x (x + 1) (x + 2)), or the logarithm of its magnitude; both functions increase
  /// next to 3.
  private static func shifted(
    _ function: RealFunction, _ x: Bracket, _ magnitude: Bracket, isNegative: Bool
  ) -> Bracket {
    let (one, two) = (Bracket(1, precision: x.precision), Bracket(2, precision: x.precision))
    let argument = x + one + two
    let divisor = magnitude * (x + one) * (x + two)
    guard function == .gamma else {
      return argument.increasing { mpfr_lngamma($0, $1, $2) } - logarithm(divisor)
    }
    let quotient = argument.increasing { mpfr_gamma($0, $1, $2) } / divisor
    return isNegative ? -quotient : quotient
  }

  private static func logarithm(_ x: Bracket) -> Bracket {
    x.increasing { mpfr_log($0, $1, $2) }
  }
}
