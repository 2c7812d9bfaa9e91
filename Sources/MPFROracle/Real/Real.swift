// SPDX-License-Identifier: Apache-2.0
import CMPFR

/// A number of as many significand bits as it carries, of which every operation rounds once to
/// nearest even.
///
/// A result has the larger of its operands' precisions. A number made from a `Double` has 53 bits
/// and is exact, so that constants take the precision of what they are combined with.
package struct Real: Sendable {
  let number: MPFRNumber

  init(_ number: MPFRNumber) { self.number = number }

  /// x, exactly.
  package init(_ x: Double) {
    number = MPFRNumber(precision: Double.significandBitCount + 1) { mpfr_set_d($0, x, MPFR_RNDN) }
  }

  /// The number of significand bits.
  package var precision: Int { Int(mpfr_get_prec(number.pointer)) }

  /// The number of another precision next to this one: the same value where it has no fewer bits.
  package func rounded(toPrecision bits: Int) -> Real {
    guard precision != bits else { return self }
    return Real(MPFRNumber(precision: bits) { mpfr_set($0, number.pointer, MPFR_RNDN) })
  }

  /// The value rounded to FP64.
  package var double: Double { mpfr_get_d(number.pointer, MPFR_RNDN) }

  /// What `double` leaves of the value, rounded to FP64; 0 where one of them is not finite.
  package var residual: Double {
    guard mpfr_number_p(number.pointer) != 0, double.isFinite else { return 0 }
    let rest = MPFRNumber(precision: precision) {
      mpfr_sub_d($0, number.pointer, double, MPFR_RNDN)
    }
    return mpfr_get_d(rest.pointer, MPFR_RNDN)
  }
}

// MARK: - Arithmetic

extension Real {
  private typealias Operation = (mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t) -> Int32

  private static func apply(_ operation: Operation, _ a: Real, _ b: Real) -> Real {
    Real(
      MPFRNumber(precision: max(a.precision, b.precision)) {
        _ = operation($0, a.number.pointer, b.number.pointer, MPFR_RNDN)
      })
  }

  /// a + b.
  package static func + (a: Real, b: Real) -> Real { apply(mpfr_add, a, b) }
  /// a - b.
  package static func - (a: Real, b: Real) -> Real { apply(mpfr_sub, a, b) }
  /// a b.
  package static func * (a: Real, b: Real) -> Real { apply(mpfr_mul, a, b) }
  /// a / b.
  package static func / (a: Real, b: Real) -> Real { apply(mpfr_div, a, b) }

  /// -a.
  package static prefix func - (a: Real) -> Real {
    Real(MPFRNumber(precision: a.precision) { mpfr_neg($0, a.number.pointer, MPFR_RNDN) })
  }

  /// √x.
  package func squareRoot() -> Real {
    Real(MPFRNumber(precision: precision) { mpfr_sqrt($0, number.pointer, MPFR_RNDN) })
  }
}

extension Real: Comparable {
  /// Whether the values are equal; false where one is a NaN.
  package static func == (a: Real, b: Real) -> Bool {
    mpfr_equal_p(a.number.pointer, b.number.pointer) != 0
  }

  /// Whether a is less than b; false where one is a NaN.
  package static func < (a: Real, b: Real) -> Bool {
    mpfr_less_p(a.number.pointer, b.number.pointer) != 0
  }
}
