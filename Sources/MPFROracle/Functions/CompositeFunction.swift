// SPDX-License-Identifier: Apache-2.0
import CMPFR

/// A function of several MPFR calls, each in both directions: the precision grows until both ends
/// agree in the bits that are kept (Ziv, 1991). At nonzero numbers none of them has a value of
/// finitely many bits, so that the value lies strictly between the ends.
enum CompositeFunction {
  case sigmoid, softplus, silu, normal, gelu, geluTanh

  private static let precisions = [704, 1408, 2816, 5632]

  /// The value at x, `special` being x's class.
  func value(at x: MPFRNumber, special: Operand) -> FunctionValue {
    switch special {
    case .nan: return FunctionValue(.nan(first: special, invalid: false))
    case .infinity(let negative): return limit(negative)
    case .zero(let negative) where self != .softplus: return atZero(negative)
    case .zero, .number: break
    }
    let isNegative = special.isNegative
    let signs = isNegative && (self == .silu || self == .gelu || self == .geluTanh)
    for precision in CompositeFunction.precisions {
      let bracket = magnitude(of: x, isNegative: isNegative, precision: precision)
      if let value = Self.decided(bracket, isNegative: signs) { return value }
    }
    // Both ends agree in all but the last of thousands of bits.
    let bracket = magnitude(of: x, isNegative: isNegative, precision: 5632)
    return Self.truncated(bracket.lower, isNegative: signs)
  }

  private func limit(_ isNegative: Bool) -> FunctionValue {
    switch self {
    case .sigmoid, .normal: isNegative ? FunctionValue(.zero(negative: false)) : Self.power(0)
    case .softplus:
      FunctionValue(
        isNegative ? .zero(negative: false) : .infinity(negative: false, dividesByZero: false))
    case .silu, .gelu, .geluTanh:
      FunctionValue(
        isNegative ? .zero(negative: true) : .infinity(negative: false, dividesByZero: false))
    }
  }

  private func atZero(_ isNegative: Bool) -> FunctionValue {
    self == .sigmoid || self == .normal
      ? Self.power(-1) : FunctionValue(.zero(negative: isNegative))
  }

  /// 2^n, exactly.
  private static func power(_ n: Int) -> FunctionValue {
    let number = MPFRNumber(precision: FunctionValue.precision) {
      mpfr_set_ui_2exp($0, 1, n, MPFR_RNDN)
    }
    return FunctionValue(truncated: number, isExact: true)
  }

  /// The kept bits of a value between the ends, nil where the ends do not tell them.
  private static func decided(_ bracket: Bracket, isNegative: Bool) -> FunctionValue? {
    let (low, high) = (bracket.lower.pointer, bracket.upper.pointer)
    let least = FunctionValue.exponents.lowerBound
    if mpfr_zero_p(high) != 0 || mpfr_inf_p(high) == 0 && mpfr_get_exp(high) < least {
      return FunctionValue(.beyond(-1, isNegative))
    }
    guard mpfr_zero_p(low) == 0 else { return nil }
    let kept = MPFRNumber(precision: FunctionValue.precision) { mpfr_set($0, low, MPFR_RNDZ) }
    let next = MPFRNumber(precision: FunctionValue.precision) {
      mpfr_set($0, kept.pointer, MPFR_RNDZ)
      mpfr_nextabove($0)
    }
    guard mpfr_lessequal_p(high, next.pointer) != 0 else { return nil }
    return truncated(kept, isNegative: isNegative)
  }

  private static func truncated(_ number: MPFRNumber, isNegative: Bool) -> FunctionValue {
    FunctionValue(
      truncated: MPFRNumber(precision: FunctionValue.precision) {
        mpfr_set($0, number.pointer, MPFR_RNDZ)
        if isNegative { mpfr_neg($0, $0, MPFR_RNDZ) }
      }, isExact: false)
  }

  private func magnitude(of x: MPFRNumber, isNegative: Bool, precision: Int) -> Bracket {
    let x = Bracket(magnitudeOf: x, precision: precision)
    switch self {
    case .sigmoid: return Self.sigmoid(x, isNegative)
    case .silu: return x * Self.sigmoid(x, isNegative)
    case .softplus:
      // ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|).
      let rest = Self.reciprocalPower(x).increasing { mpfr_log1p($0, $1, $2) }
      return isNegative ? rest : x + rest
    case .normal: return Self.normal(x, isNegative)
    case .gelu: return x * Self.normal(x, isNegative)
    case .geluTanh:
      // x (1 + tanh u) / 2 = x / (1 + e^(-2u)), and 2 √(2/π) = √(8/π).
      let eight = Bracket(8, over: 1, precision: precision)
      let scale = (eight / .pi(precision: precision)).increasing { mpfr_sqrt($0, $1, $2) }
      let cubic = Bracket(44_715, over: 1_000_000, precision: precision)
      return x * Self.sigmoid(scale * (x + cubic * (x * (x * x))), isNegative)
    }
  }

  /// e^-t of t >= 0.
  private static func reciprocalPower(_ t: Bracket) -> Bracket {
    t.decreasing { y, t, r in
      mpfr_neg(y, t, MPFR_RNDN)
      return mpfr_exp(y, y, r)
    }
  }

  /// 1 / (1 + e^-t) of t >= 0, or at -t: e^-t / (1 + e^-t).
  private static func sigmoid(_ t: Bracket, _ isNegative: Bool) -> Bracket {
    let power = reciprocalPower(t)
    let one = Bracket(1, over: 1, precision: t.precision)
    // 1 / (1 + 1 / e^-t) keeps the power in one place, where its bounds cannot contradict each
    // other.
    return isNegative ? one / (one + one / power) : one / (one + power)
  }

  /// Φ(t) of t >= 0, or Φ(-t) = erfc(t/√2) / 2.
  private static func normal(_ t: Bracket, _ isNegative: Bool) -> Bracket {
    let root = Bracket(1, over: 2, precision: t.precision).increasing { mpfr_sqrt($0, $1, $2) }
    let tail = (t * root).decreasing { y, t, r in
      let inexact = mpfr_erfc(y, t, r)
      return mpfr_div_2ui(y, y, 1, r) | inexact
    }
    return isNegative ? tail : tail.decreasing { mpfr_ui_sub($0, 1, $1, $2) }
  }
}
