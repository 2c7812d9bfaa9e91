// SPDX-License-Identifier: Apache-2.0
import CMPFR

/// MPFR numbers in stack memory, valid inside `Scratch.with`'s closure.
///
/// MPFR's own default exponent range, ±(2^30 - 1), is far wider than anything the formats reach:
/// nothing computed here can leave it.
struct Scratch {
  /// The bits of every scratch number: exact for sums of products' leading parts down to far below
  /// any rounding position, with the ternary value telling whether something was cut off.
  static let precision = 128

  private static let limbsPerNumber = precision / UInt.bitWidth
  private static let count = 4

  /// The operands x, y, z and the result.
  let x: mpfr_ptr
  let y: mpfr_ptr
  let z: mpfr_ptr
  let result: mpfr_ptr

  /// The closure's result, evaluated with four scratch numbers.
  static func with<R>(_ body: (Scratch) -> R) -> R {
    withUnsafeTemporaryAllocation(of: UInt.self, capacity: count * limbsPerNumber) { limbs in
      limbs.initialize(repeating: 0)
      return withUnsafeTemporaryAllocation(of: __mpfr_struct.self, capacity: count) { numbers in
        guard let number = numbers.baseAddress, let limb = limbs.baseAddress else {
          preconditionFailure("temporary allocations of nonzero capacity have an address")
        }
        for i in 0..<count {
          mpfr_custom_init_set(
            number + i, Int32(MPFR_ZERO_KIND.rawValue), 0, precision, limb + i * limbsPerNumber)
        }
        return body(
          Scratch(x: number, y: number + 1, z: number + 2, result: number + 3))
      }
    }
  }

  /// The result's leading 64 bits with everything below them in the sticky bit; nil for zero.
  /// `ternary` is that of a computation toward zero.
  func unrounded(ternary: Int32) -> Unrounded? {
    guard mpfr_regular_p(result) != 0 else { return nil }
    let limbs = result.pointee._mpfr_d!
    let low = limbs[0]
    return Unrounded(
      negative: mpfr_signbit(result) != 0, significand: UInt64(limbs[1]),
      exponent: mpfr_get_exp(result) - 1, sticky: low != 0 || ternary != 0)
  }
}

/// Sets an MPFR number to an operand that is not a NaN; exact where the precision holds it.
func set(_ number: mpfr_ptr, to operand: Operand) {
  switch operand {
  case .nan: mpfr_set_nan(number)
  case .infinity(let negative): mpfr_set_inf(number, negative ? -1 : 1)
  case .zero(let negative): mpfr_set_zero(number, negative ? -1 : 1)
  case .number(let x):
    mpfr_set_ui_2exp(number, UInt(x.significand), x.exponent, MPFR_RNDZ)
    if x.negative { mpfr_neg(number, number, MPFR_RNDZ) }
  }
}
