// SPDX-License-Identifier: Apache-2.0
import CMPFR

/// Functions of angles in half turns, and angles in half turns, at numbers.
///
/// x = (quadrant + f) / 2, exactly: what is left of a turn has no more bits than x. Values of
/// finitely many bits are those at multiples of 1/2, tanpi's of 1/4, and the inverses' there; by
/// Niven's theorem others are irrational or have a denominator of 3.
enum HalfTurns {
  /// sin(πx).
  static func sine(_ x: Double, _ p: Int) -> Estimate {
    let (quadrant, f) = reduced(x.magnitude)
    let isNegative = (quadrant >= 2) != (x < 0)
    guard f != 0 else {
      return quadrant % 2 == 0 ? .zero(negative: x < 0) : .exactly(isNegative ? -1 : 1)
    }
    return signed(quarter(f, isSine: quadrant % 2 == 0, p), isNegative)
  }

  /// cos(πx).
  static func cosine(_ x: Double, _ p: Int) -> Estimate {
    let (quadrant, f) = reduced(x.magnitude)
    let isNegative = quadrant == 1 || quadrant == 2
    guard f != 0 else {
      return quadrant % 2 == 1 ? .zero() : .exactly(isNegative ? -1 : 1)
    }
    return signed(quarter(f, isSine: quadrant % 2 == 1, p), isNegative)
  }

  /// sin(πx) / cos(πx).
  static func tangent(_ x: Double, _ p: Int) -> Estimate {
    let (quadrant, f) = reduced(x.magnitude)
    guard f != 0 else {
      // At n + 1/2 the sine's sign decides, the cosine's zero being positive.
      return quadrant % 2 == 1
        ? .pole(negative: (quadrant == 3) != (x < 0)) : .zero(negative: (quadrant == 2) != (x < 0))
    }
    let isNegative = (quadrant % 2 == 1) != (x < 0)
    if f == 0.5 { return .exactly(isNegative ? -1 : 1) }
    let isSteep = (f > 0.5) != (quadrant % 2 == 1)
    let tangent = angle(min(f, 1 - f), p).increasing { mpfr_tan($0, $1, $2) }
    return signed(isSteep ? Bracket(1, precision: p) / tangent : tangent, isNegative)
  }

  /// asin(x)/π, acos(x)/π or atan(x)/π at a number other than zero.
  static func inverse(_ function: RealFunction, _ x: Double, _ p: Int) -> Estimate {
    if function != .atanpi, x.magnitude > 1 { return .invalid }
    if x.magnitude == 1 {
      switch function {
      case .asinpi: return .exactly(x / 2)
      case .acospi: return x > 0 ? .zero() : .exactly(1)
      default: return .exactly(x / 4)
      }
    }
    let number = Bracket(x, precision: p)
    let radians =
      switch function {
      case .asinpi: number.increasing { mpfr_asin($0, $1, $2) }
      case .acospi: number.decreasing { mpfr_acos($0, $1, $2) }
      default: number.increasing { mpfr_atan($0, $1, $2) }
      }
    return .bracket(radians / .pi(precision: p))
  }

  /// sin(πf/2) or cos(πf/2) of 0 < f < 1, from the nearer end of the quarter turn: 1 - f is exact
  /// where f > 1/2.
  private static func quarter(_ f: Double, isSine: Bool, _ p: Int) -> Bracket {
    let angle = angle(f <= 0.5 ? f : 1 - f, p)
    return isSine == (f <= 0.5)
      ? angle.increasing { mpfr_sin($0, $1, $2) } : angle.decreasing { mpfr_cos($0, $1, $2) }
  }

  /// π f / 2 of f quarter turns.
  private static func angle(_ f: Double, _ p: Int) -> Bracket {
    .pi(precision: p) * Bracket(f, precision: p) * Bracket(0.5, precision: p)
  }

  private static func signed(_ magnitude: Bracket, _ isNegative: Bool) -> Estimate {
    .bracket(isNegative ? -magnitude : magnitude)
  }

  /// floor(2x) mod 4 and what is left of 2x, of x >= 0.
  private static func reduced(_ x: Double) -> (quadrant: Int, fraction: Double) {
    let turns = x.truncatingRemainder(dividingBy: 2)
    let quarters = 2 * turns
    return (Int(quarters), quarters - quarters.rounded(.down))
  }
}
