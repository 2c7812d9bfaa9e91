// SPDX-License-Identifier: Apache-2.0
import CMPFR

/// An MPFR number with memory of its own, freed with the last reference.
///
/// Sharing one between threads is safe because nothing outside the initialiser changes it.
final class MPFRNumber: @unchecked Sendable {
  /// The number, valid as long as this object is.
  let pointer: mpfr_ptr

  /// A number of `precision` bits that `initialize` sets; NaN before that.
  init(precision: Int, _ initialize: (mpfr_ptr) -> Void = { _ in }) {
    pointer = .allocate(capacity: 1)
    mpfr_init2(pointer, precision)
    initialize(pointer)
  }

  deinit {
    mpfr_clear(pointer)
    pointer.deallocate()
  }

  /// The first `digits` decimal digits, rounded in the given direction, and the exponent e of
  /// 0.ddd x 10^e; the number must be nonzero and finite.
  func decimalDigits(_ digits: Int, _ direction: mpfr_rnd_t) -> (digits: String, exponent: Int) {
    var exponent: mpfr_exp_t = 0
    guard let text = mpfr_get_str(nil, &exponent, 10, digits, pointer, direction) else {
      preconditionFailure("mpfr_get_str knows base 10")
    }
    defer { mpfr_free_str(text) }
    let all = String(cString: text)
    return (all.hasPrefix("-") ? String(all.dropFirst()) : all, exponent)
  }
}
