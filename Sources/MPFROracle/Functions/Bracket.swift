// SPDX-License-Identifier: Apache-2.0
import CMPFR

/// Two numbers that a real number lies between, neither below zero: every operation rounds the
/// lower one down and the upper one up.
struct Bracket {
  let lower: MPFRNumber
  let upper: MPFRNumber
  let precision: Int

  private init(precision: Int, _ set: (mpfr_ptr, _ isLower: Bool, mpfr_rnd_t) -> Void) {
    self.precision = precision
    lower = MPFRNumber(precision: precision) { set($0, true, MPFR_RNDD) }
    upper = MPFRNumber(precision: precision) { set($0, false, MPFR_RNDU) }
  }

  /// |x|.
  init(magnitudeOf x: MPFRNumber, precision: Int) {
    self.init(precision: precision) { y, _, r in mpfr_abs(y, x.pointer, r) }
  }

  /// numerator / denominator.
  init(_ numerator: UInt, over denominator: UInt, precision: Int) {
    self.init(precision: precision) { y, _, r in
      mpfr_set_ui(y, numerator, r)
      mpfr_div_ui(y, y, denominator, r)
    }
  }

  /// π.
  static func pi(precision: Int) -> Bracket {
    Bracket(precision: precision) { y, _, r in mpfr_const_pi(y, r) }
  }

  private func end(_ isLower: Bool) -> mpfr_ptr { (isLower ? lower : upper).pointer }

  /// f of an increasing function.
  func increasing(_ f: (mpfr_ptr, mpfr_ptr, mpfr_rnd_t) -> Int32) -> Bracket {
    Bracket(precision: precision) { y, isLower, r in _ = f(y, end(isLower), r) }
  }

  /// f of a decreasing function.
  func decreasing(_ f: (mpfr_ptr, mpfr_ptr, mpfr_rnd_t) -> Int32) -> Bracket {
    Bracket(precision: precision) { y, isLower, r in _ = f(y, end(!isLower), r) }
  }

  static func + (a: Bracket, b: Bracket) -> Bracket {
    Bracket(precision: a.precision) { y, isLower, r in
      mpfr_add(y, a.end(isLower), b.end(isLower), r)
    }
  }

  static func * (a: Bracket, b: Bracket) -> Bracket {
    Bracket(precision: a.precision) { y, isLower, r in
      mpfr_mul(y, a.end(isLower), b.end(isLower), r)
    }
  }

  static func / (a: Bracket, b: Bracket) -> Bracket {
    Bracket(precision: a.precision) { y, isLower, r in
      mpfr_div(y, a.end(isLower), b.end(!isLower), r)
    }
  }
}
