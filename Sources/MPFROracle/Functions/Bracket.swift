// SPDX-License-Identifier: Apache-2.0
import CMPFR

/// Two numbers that a real number lies between: every operation rounds the lower one down and the
/// upper one up. Where they are equal they are the number itself, and strictly between them it lies
/// otherwise. An infinite end is none.
struct Bracket {
  let lower: MPFRNumber
  let upper: MPFRNumber
  let precision: Int

  private init(precision: Int, _ set: (mpfr_ptr, _ isLower: Bool, mpfr_rnd_t) -> Void) {
    self.precision = precision
    lower = MPFRNumber(precision: precision) { set($0, true, MPFR_RNDD) }
    upper = MPFRNumber(precision: precision) { set($0, false, MPFR_RNDU) }
  }

  private init(lower: MPFRNumber, upper: MPFRNumber, precision: Int) {
    (self.lower, self.upper, self.precision) = (lower, upper, precision)
  }

  /// A number between the lower end of one bracket and the upper end of another.
  init(from a: Bracket, to b: Bracket) {
    self.init(lower: a.lower, upper: b.upper, precision: a.precision)
  }

  /// What one call of MPFR computes: its ternary value tells whether the number above the lower end
  /// is the upper one.
  init(precision: Int, call: (mpfr_ptr, mpfr_rnd_t) -> Int32) {
    var ternary: Int32 = 0
    let below = MPFRNumber(precision: precision) { ternary = call($0, MPFR_RNDD) }
    self.precision = precision
    lower = below
    upper =
      ternary == 0
      ? below
      : MPFRNumber(precision: precision) {
        mpfr_set($0, below.pointer, MPFR_RNDU)
        mpfr_nextabove($0)
      }
  }

  /// x.
  init(_ x: Double, precision: Int) {
    self.init(precision: precision) { mpfr_set_d($0, x, $1) }
  }

  /// numerator / denominator.
  init(_ numerator: UInt, over denominator: UInt, precision: Int) {
    self.init(precision: precision) { y, _, r in
      mpfr_set_ui(y, numerator, r)
      mpfr_div_ui(y, y, denominator, r)
    }
  }

  /// The number of a decimal text that MPFR reads.
  init(decimal: String, precision: Int) {
    self.init(precision: precision) { y, _, r in mpfr_set_str(y, decimal, 10, r) }
  }

  /// π.
  static func pi(precision: Int) -> Bracket {
    Bracket(precision: precision) { mpfr_const_pi($0, $1) }
  }

  /// Euler's constant γ.
  static func euler(precision: Int) -> Bracket {
    Bracket(precision: precision) { mpfr_const_euler($0, $1) }
  }

  /// Whether the ends are the number.
  var isExact: Bool { mpfr_equal_p(lower.pointer, upper.pointer) != 0 }

  private func end(_ isLower: Bool) -> mpfr_ptr { (isLower ? lower : upper).pointer }
}

// MARK: - Monotone functions

extension Bracket {
  /// f of an increasing function.
  func increasing(_ f: (mpfr_ptr, mpfr_ptr, mpfr_rnd_t) -> Int32) -> Bracket {
    guard !isExact else { return Bracket(precision: precision) { f($0, lower.pointer, $1) } }
    return Bracket(precision: precision) { y, isLower, r in _ = f(y, end(isLower), r) }
  }

  /// f of a decreasing function.
  func decreasing(_ f: (mpfr_ptr, mpfr_ptr, mpfr_rnd_t) -> Int32) -> Bracket {
    guard !isExact else { return Bracket(precision: precision) { f($0, lower.pointer, $1) } }
    return Bracket(precision: precision) { y, isLower, r in _ = f(y, end(!isLower), r) }
  }

  /// √x of x >= 0.
  var squareRoot: Bracket { increasing { mpfr_sqrt($0, $1, $2) } }

  /// e^-x.
  var reciprocalPower: Bracket {
    decreasing { y, x, r in
      mpfr_neg(y, x, MPFR_RNDN)
      return mpfr_exp(y, y, r)
    }
  }
}

// MARK: - Arithmetic

extension Bracket {
  /// Whether the number is zero or below, and not known to be zero.
  private var isNegative: Bool { mpfr_sgn(lower.pointer) < 0 && mpfr_sgn(upper.pointer) <= 0 }

  static prefix func - (a: Bracket) -> Bracket {
    let negated = { (x: MPFRNumber) in
      MPFRNumber(precision: a.precision) { mpfr_neg($0, x.pointer, MPFR_RNDN) }
    }
    return Bracket(lower: negated(a.upper), upper: negated(a.lower), precision: a.precision)
  }

  static func + (a: Bracket, b: Bracket) -> Bracket {
    Bracket(precision: a.precision) { y, isLower, r in
      mpfr_add(y, a.end(isLower), b.end(isLower), r)
    }
  }

  static func - (a: Bracket, b: Bracket) -> Bracket {
    Bracket(precision: a.precision) { y, isLower, r in
      mpfr_sub(y, a.end(isLower), b.end(!isLower), r)
    }
  }

  static func * (a: Bracket, b: Bracket) -> Bracket {
    if a.isNegative { return -(-a * b) }
    if b.isNegative { return -(a * -b) }
    let (doubtA, doubtB) = (mpfr_sgn(a.end(true)) < 0, mpfr_sgn(b.end(true)) < 0)
    guard doubtA || doubtB else {
      return Bracket(precision: a.precision) { y, isLower, r in
        mpfr_mul(y, a.end(isLower), b.end(isLower), r)
      }
    }
    // The extreme products of numbers of which one may have either sign. An end that is zero times
    // one that is infinite is NaN, which mpfr_min and mpfr_max pass over: no infinite end is
    // attained, so that such a product is zero, and the other one lies beyond zero.
    let other = MPFRNumber(precision: a.precision)
    return Bracket(precision: a.precision) { y, isLower, r in
      mpfr_mul(y, a.end(isLower), b.end(false), r)
      mpfr_mul(other.pointer, a.end(!isLower), b.end(true), r)
      if isLower { mpfr_min(y, y, other.pointer, r) } else { mpfr_max(y, y, other.pointer, r) }
    }
  }

  /// a / b of b >= 0.
  static func / (a: Bracket, b: Bracket) -> Bracket {
    if a.isNegative { return -(-a / b) }
    return Bracket(precision: a.precision) { y, isLower, r in
      // A lower end below zero is farthest out over the smaller divisor.
      let isOutward = !isLower || mpfr_sgn(a.end(true)) < 0
      mpfr_div(y, a.end(isLower), b.end(isOutward), r)
    }
  }
}
