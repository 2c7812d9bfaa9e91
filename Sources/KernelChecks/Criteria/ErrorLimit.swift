// SPDX-License-Identifier: Apache-2.0
import Formats

/// What a criterion allows of each result.
package enum ErrorLimit: Hashable, Sendable {
  /// The exact value rounded to nearest even.
  case nearest
  /// An error of so many ulp at the exact value.
  case ulps(Double)
  /// An error that depends on the exact value.
  case tolerance(ErrorTolerance)

  /// The largest error of every result [ulp]; nil where it depends on the exact value.
  package var ulps: Double? {
    switch self {
    case .nearest: 0.5
    case .ulps(let ulps): ulps
    case .tolerance: nil
    }
  }
}

/// |result - f| <= absolute + relative |f|, f the exact value.
///
/// NaNs, infinities and the signs of zeros have to be right all the same.
package struct ErrorTolerance: Hashable, Sendable {
  package let relative: Double
  package let absolute: Double
  /// Errors that keep to it wherever they are [ulp].
  let certain: Double

  init(relative: Double, absolute: Double, _ format: Format) {
    (self.relative, self.absolute) = (relative, absolute)
    // An ulp is at most 2^(1-p) |f|, or the least one.
    certain = min(
      relative * Double(sign: .plus, exponent: format.precision - 1, significand: 1),
      absolute / Double(sign: .plus, exponent: format.minUlpExponent, significand: 1))
  }

  /// An error as a multiple of what is allowed.
  func excess(
    of result: Double, _ exact: Double, _ judgement: ElementJudgement
  ) -> Double {
    if judgement.isNearest { return 0 }
    return judgement.isWrongSpecial ? .infinity : excess(of: result, exact)
  }

  /// The same of a result that is not the nearest number and no wrong special. One that is equal to the
  /// exact value is a zero with the wrong sign.
  func excess(of result: Double, _ exact: Double) -> Double {
    if result == exact { return .infinity }
    return (result - exact).magnitude / (absolute + relative * exact.magnitude)
  }
}
