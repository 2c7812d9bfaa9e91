// SPDX-License-Identifier: Apache-2.0
import CMPFR

/// Derivatives of activations at finite numbers. Those that tend to 1 are 1 + w for x >= 0 and -w
/// below, w being small where x is large: so they stay on their side of 1 and of 0.
extension ActivationBracket {
  /// σ'(x) = 1 / (2 cosh(x/2))².
  static func sigmoidGradient(_ x: Double, _ p: Int) -> Bracket {
    let half = Bracket(x.magnitude, precision: p) * Bracket(0.5, precision: p)
    let root = Bracket(0.5, precision: p) / hyperbolicCosine(half)
    return root * root
  }

  /// tanh'(x) = 1 / cosh² x.
  static func tanhGradient(_ x: Double, _ p: Int) -> Bracket {
    let root = Bracket(1, precision: p) / hyperbolicCosine(Bracket(x.magnitude, precision: p))
    return root * root
  }

  /// (x σ(x))'.
  static func siluGradient(_ x: Double, _ p: Int) -> Bracket {
    let x0 = Bracket(x.magnitude, precision: p)
    return ofGated(argument: x0, slope: x0, isNegative: x < 0)
  }

  /// (x σ(v(x)))', v being odd.
  static func geluTanhGradient(_ x: Double, _ p: Int) -> Bracket {
    let argument = geluTanhArgument(x, p)
    return ofGated(argument: argument.value, slope: argument.slope, isNegative: x < 0)
  }

  /// σ(v) + x v' σ(v) σ(-v), with w = σ(-|v|) (|x| v' σ(|v|) - 1).
  private static func ofGated(argument: Bracket, slope: Bracket, isNegative: Bool) -> Bracket {
    let small = logistic(argument, isNegative: true)
    let large = logistic(argument, isNegative: false)
    let one = Bracket(1, precision: argument.precision)
    let w = small * (slope * large - one)
    return isNegative ? -w : one + w
  }

  /// Beyond this w of gelu is below e^(-2^18), outside every format. Further out, where both of its
  /// terms leave MPFR's exponents, they would not tell its sign.
  private static let farGelu = 0x1p10

  /// Φ(x) + x φ(x), with w = |x| φ(x) - (1 - Φ(|x|)), which lies between 0 and |x| φ(x) where
  /// |x| > 1: 1 - Φ(t) < φ(t)/t of t > 0 (Mills's ratio).
  static func geluGradient(_ x: Double, _ p: Int) -> Bracket {
    let t = Bracket(x.magnitude, precision: p)
    let (one, half) = (Bracket(1, precision: p), Bracket(0.5, precision: p))
    let turn = Bracket(2, precision: p) * .pi(precision: p)
    let density = (half * (t * t)).reciprocalPower / turn.squareRoot
    let w: Bracket
    if x.magnitude > farGelu {
      w = Bracket(from: Bracket(0, precision: p), to: t * density)
    } else {
      w = t * density - upperTail(t)
    }
    return x < 0 ? -w : one + w
  }

  /// t + x (1 - t²) σ(x) with E = e^x, n = E (E + 2), t = n / (n + 2) and σ(x) = E / (E + 1). For
  /// x >= 0, w = (1 - t) (x (1 + t) σ(x) - 1); below, E ((E + 2) - 4|x| (E + 1) / (n + 2)) / (n + 2).
  static func mishGradient(_ x: Double, _ p: Int) -> Bracket {
    let power = Bracket(precision: p, power: x)
    let (one, two) = (Bracket(1, precision: p), Bracket(2, precision: p))
    let n = power * (power + two)
    let magnitude = Bracket(x.magnitude, precision: p)
    guard x >= 0 else {
      let four = Bracket(4, precision: p)
      let rest = (power + two) - four * magnitude * (power + one) / (n + two)
      return power / (n + two) * rest
    }
    let logistic = one / (one + one / power)
    return one + two / (n + two) * (magnitude * (one + gate(n)) * logistic - one)
  }

  private static func hyperbolicCosine(_ x: Bracket) -> Bracket {
    x.increasing { mpfr_cosh($0, $1, $2) }
  }
}
