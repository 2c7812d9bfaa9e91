// SPDX-License-Identifier: Apache-2.0
import CMPFR
import Formats

/// What an evaluation in some precision tells of a function's value.
///
/// More precision narrows a bracket until its ends agree in the bits that are kept (Ziv, 1991). No
/// value is a bound between such bits that two different ends could never leave: a value of finitely
/// many bits is an exact bracket's.
enum Estimate {
  /// A NaN, an infinity or a zero, which no more precision changes.
  case outcome(Outcome)
  /// A number that is not zero.
  case bracket(Bracket)

  /// The precisions to try one after the other for what FP64 operands lead to.
  static let precisions = [704, 1408, 2816, 5632]

  /// An exact zero or infinity, or the number between two others.
  init(_ bracket: Bracket) {
    let end = bracket.upper.pointer
    let isNegative = mpfr_signbit(end) != 0
    if mpfr_regular_p(end) != 0 || !bracket.isExact {
      self = .bracket(bracket)
    } else if mpfr_inf_p(end) != 0 {
      self = .outcome(.infinity(negative: isNegative, dividesByZero: false))
    } else {
      self = .outcome(.zero(negative: isNegative))
    }
  }

  /// The value of one MPFR call with its exceptions.
  init(precision: Int, call: (mpfr_ptr, mpfr_rnd_t) -> Int32) {
    mpfr_clear_flags()
    let bracket = Bracket(precision: precision, call: call)
    if mpfr_nan_p(bracket.lower.pointer) != 0 {
      self = .invalid
    } else if mpfr_inf_p(bracket.lower.pointer) != 0, mpfr_divby0_p() != 0 {
      self = .pole(negative: mpfr_signbit(bracket.lower.pointer) != 0)
    } else {
      self.init(bracket)
    }
  }

  /// A finite number of FP64, its zeros included.
  static func exactly(_ x: Double) -> Estimate {
    Estimate(Bracket(x, precision: Double.significandBitCount + 1))
  }

  static func zero(negative: Bool = false) -> Estimate { .outcome(.zero(negative: negative)) }

  /// A limit at an infinity.
  static func infinity(negative: Bool = false) -> Estimate {
    .outcome(.infinity(negative: negative, dividesByZero: false))
  }

  /// An infinite value at a finite operand.
  static func pole(negative: Bool) -> Estimate {
    .outcome(.infinity(negative: negative, dividesByZero: true))
  }

  static var invalid: Estimate { .outcome(.invalid) }
}
