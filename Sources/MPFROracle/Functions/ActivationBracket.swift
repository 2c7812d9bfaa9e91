// SPDX-License-Identifier: Apache-2.0
import CMPFR

/// Activations of several MPFR calls at finite numbers, as brackets.
///
/// At numbers other than zero a rational function of x and e^x is transcendental (Lindemann), and
/// lies strictly between ends that differ; that no value of Φ and what contains it has finitely many
/// bits is assumed.
enum ActivationBracket {
  /// 1 / (1 + e^-x).
  static func sigmoid(_ x: Double, _ p: Int) -> Bracket {
    logistic(Bracket(x.magnitude, precision: p), isNegative: x < 0)
  }

  /// ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|).
  static func softplus(_ x: Double, _ p: Int) -> Bracket {
    let magnitude = Bracket(x.magnitude, precision: p)
    let rest = magnitude.reciprocalPower.increasing { mpfr_log1p($0, $1, $2) }
    return x < 0 ? rest : magnitude + rest
  }

  /// x σ(x).
  static func silu(_ x: Double, _ p: Int) -> Bracket { Bracket(x, precision: p) * sigmoid(x, p) }

  /// Φ(x).
  static func normal(_ x: Double, _ p: Int) -> Bracket {
    let tail = upperTail(Bracket(x.magnitude, precision: p))
    return x < 0 ? tail : tail.decreasing { mpfr_ui_sub($0, 1, $1, $2) }
  }

  /// x Φ(x).
  static func gelu(_ x: Double, _ p: Int) -> Bracket { Bracket(x, precision: p) * normal(x, p) }

  /// x (1 + tanh u) / 2 = x σ(2u).
  static func geluTanh(_ x: Double, _ p: Int) -> Bracket {
    Bracket(x, precision: p) * logistic(geluTanhArgument(x, p).value, isNegative: x < 0)
  }

  /// The activations x g(x) of a tiny x, whose first 99 bits it tells; nil for others.
  ///
  /// g(0) is 1/2, and g(x) lies between it and 1/2 + x: σ(x) and Φ(x), and σ(v) of v < 4x, are concave
  /// above 0 and convex below, with slopes of 1/4 and 1/√(2π) at 0. So x/2 < x g(x) < x/2 + x².
  static func halfOfTiny(_ function: RealFunction, _ x: Double, _ p: Int) -> Bracket? {
    guard [.silu, .gelu, .geluTanh].contains(function), x != 0, x.magnitude <= 0x1p-100
    else { return nil }
    let number = Bracket(x, precision: p)
    let half = number * Bracket(0.5, precision: p)
    return Bracket(from: half, to: half + number * number)
  }

  /// x tanh(ln(1 + e^x)) = x / (1 + 2/n), n = e^x (e^x + 2).
  static func mish(_ x: Double, _ p: Int) -> Bracket {
    let power = Bracket(precision: p, power: x)
    let two = Bracket(2, precision: p)
    return Bracket(x, precision: p) * gate(power * (power + two))
  }

  /// 1 / (1 + 2/n), where n stands in one place.
  static func gate(_ n: Bracket) -> Bracket {
    let (one, two) = (Bracket(1, precision: n.precision), Bracket(2, precision: n.precision))
    return one / (one + two / n)
  }

  /// 1 / (1 + e^-v) of v >= 0, or at -v: e^-v / (1 + e^-v).
  static func logistic(_ v: Bracket, isNegative: Bool) -> Bracket {
    let power = v.reciprocalPower
    let one = Bracket(1, precision: v.precision)
    // 1 / (1 + 1 / e^-v) keeps the power in one place, where its bounds cannot contradict each
    // other.
    return isNegative ? one / (one + one / power) : one / (one + power)
  }

  /// 1 - Φ(t) = erfc(t/√2) / 2 of t >= 0.
  static func upperTail(_ t: Bracket) -> Bracket {
    (t * Bracket(0.5, precision: t.precision).squareRoot).decreasing { y, t, r in
      let ternary = mpfr_erfc(y, t, r)
      return mpfr_div_2ui(y, y, 1, r) | ternary
    }
  }

  /// v = √(8/π) (|x| + 0.044715 |x|³), twice the argument of gelu_tanh's tanh, and |x| times its
  /// derivative.
  static func geluTanhArgument(_ x: Double, _ p: Int) -> (value: Bracket, slope: Bracket) {
    let x = Bracket(x.magnitude, precision: p)
    let scale = x * (Bracket(8, precision: p) / .pi(precision: p)).squareRoot
    let square = Bracket(44_715, over: 1_000_000, precision: p) * (x * x)
    let (one, three) = (Bracket(1, precision: p), Bracket(3, precision: p))
    return (scale * (one + square), scale * (one + three * square))
  }
}

extension Bracket {
  /// e^x.
  init(precision: Int, power x: Double) {
    self = Bracket(x, precision: precision).increasing { mpfr_exp($0, $1, $2) }
  }
}
