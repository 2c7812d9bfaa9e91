// SPDX-License-Identifier: Apache-2.0
import CMPFR
import Formats

/// A stretch of computation under another exponent range of MPFR.
enum MPFRScope {
  /// The closure's result, evaluated with MPFR's exponent range set to a format's, subnormal
  /// numbers included, and the flags cleared; the range is restored on every way out.
  ///
  /// The range is thread-local, hence a synchronous closure: it must not suspend. A number whose
  /// exponent lies outside must not be handed to MPFR inside.
  static func withRange<R>(of format: Format, _ body: () throws -> R) rethrows -> R {
    let saved = (mpfr_get_emin(), mpfr_get_emax())
    defer {
      mpfr_set_emin(saved.0)
      mpfr_set_emax(saved.1)
    }
    // MPFR's significand lies in [1/2, 1): its exponents are one above IEEE 754's.
    mpfr_set_emin(format.minUlpExponent + 1)
    mpfr_set_emax(format.maxExponent + 1)
    mpfr_clear_flags()
    return try body()
  }
}
