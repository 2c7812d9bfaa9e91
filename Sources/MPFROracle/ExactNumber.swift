// SPDX-License-Identifier: Apache-2.0
import CMPFR
import Formats

/// A real number, exact unless it is a quotient or root that does not terminate in binary.
package struct ExactNumber: Sendable {
  /// Enough for every sum, product and product sum of two 8-bit exponent ranges to be exact:
  /// 2^-298 to 2^256 and 24 bits.
  static let precision = 640

  /// The decimal digits shown of a number that does not terminate.
  package static let defaultDigits = 40

  /// Beyond this power of two a decimal expansion helps nobody.
  private static let widestExpansion = 4096

  private let number: MPFRNumber
  /// The value is the number times two to this power; only scaleB needs one that MPFR's own range
  /// does not hold.
  private let power: Int
  /// Whether the number is the value itself rather than its first bits.
  package let isExact: Bool

  /// The number that `compute` sets toward zero, returning MPFR's ternary value.
  init(_ compute: (mpfr_ptr) -> Int32) {
    var ternary: Int32 = 0
    number = MPFRNumber(precision: ExactNumber.precision) { ternary = compute($0) }
    isExact = ternary == 0
    power = 0
  }

  private init(_ number: MPFRNumber, power: Int, isExact: Bool) {
    self.number = number
    self.power = power
    self.isExact = isExact
  }

  func scaled(byPowerOfTwo n: Int) -> ExactNumber {
    guard abs(n) > ExactNumber.widestExpansion else {
      let source = number
      return ExactNumber { mpfr_mul_2si($0, source.pointer, n, MPFR_RNDZ) }
    }
    return ExactNumber(number, power: power + n, isExact: isExact)
  }

  /// Whether the sign is negative; a zero has one too.
  package var isNegative: Bool { mpfr_signbit(number.pointer) != 0 }
  /// Whether the number is zero.
  package var isZero: Bool { mpfr_zero_p(number.pointer) != 0 }
  /// floor(log2 |x|), nil for zero.
  package var leadingExponent: Int? {
    isZero ? nil : mpfr_get_exp(number.pointer) - 1 + power
  }

  /// The number in decimal: every digit where it terminates in binary, otherwise the first `digits`
  /// significant digits and `…`. Positional from 10^-7 to 10^21, scientific beyond; a number that
  /// scaleB moved by more than 2^±4096 is a significand times a power of two.
  package func decimalText(digits: Int = ExactNumber.defaultDigits) -> String {
    let sign = isNegative ? "-" : ""
    if isZero { return sign + "0" }
    // A dyadic number of `precision` bits that starts at 2^e has at most precision - e digits.
    let exponent = mpfr_get_exp(number.pointer)
    let enough = ExactNumber.precision + abs(exponent) + 1
    // Twice as many digits as asked for, rounded to nearest, hide that the quotient was cut off.
    let (all, point) = number.decimalDigits(isExact ? enough : 2 * digits, MPFR_RNDN)
    var shown = isExact ? all : String(all.prefix(digits))
    if isExact {
      while shown.count > 1 && shown.last == "0" { shown.removeLast() }
    }
    let text = decimalNotation(shown, point: point, isCut: !isExact)
    return sign + text + (power == 0 ? "" : " x 2^\(power)")
  }

  /// (operand - exact) in ulp of a format at the exact value, to nearest even. A distance that is
  /// no multiple of half an ulp stays on its side of one that a Double does not tell it from.
  func ulpError(of operand: Operand, in format: Format) -> Double {
    let delivered = MPFRNumber(precision: ExactNumber.precision) { set($0, to: operand) }
    var ternary: Int32 = 0
    let difference = MPFRNumber(precision: ExactNumber.precision) { result in
      // A power far outside every format may be cut to one that MPFR holds.
      let reach = 1 << 20
      mpfr_mul_2si(result, number.pointer, max(-reach, min(reach, power)), MPFR_RNDN)
      ternary = mpfr_sub(result, delivered.pointer, result, MPFR_RNDN)
      mpfr_mul_2si(result, result, -ulpExponent(in: format), MPFR_RNDN)
    }
    let error = mpfr_get_d(difference.pointer, MPFR_RNDN)
    // Integers are all that Doubles beyond these can be.
    guard abs(error) < 1 / Double.ulpOfOne, (2 * error).rounded() == 2 * error else { return error }
    let comparison = mpfr_cmp_d(difference.pointer, error)
    let side = comparison != 0 ? comparison : -ternary
    return side > 0 ? error.nextUp : side < 0 ? error.nextDown : error
  }

  /// The exponent of the unit in the last place of a format at this number: that of the subnormal
  /// numbers below 2^emin, that of the largest finite number above it.
  package func ulpExponent(in format: Format) -> Int {
    let exponent = min(leadingExponent ?? format.minExponent, format.maxExponent)
    return max(exponent, format.minExponent) - format.fractionBits
  }

  /// The leading bits, nil for zero.
  var unrounded: Unrounded? {
    guard let exponent = leadingExponent, let limbs = number.pointer.pointee._mpfr_d else {
      return nil
    }
    let last = ExactNumber.precision / UInt.bitWidth - 1
    let rest = (0..<last).contains { limbs[$0] != 0 }
    return Unrounded(
      negative: isNegative, significand: UInt64(limbs[last]), exponent: exponent,
      sticky: rest || !isExact)
  }
}

/// Digits d of 0.ddd x 10^point in positional or scientific notation.
private func decimalNotation(_ digits: String, point: Int, isCut: Bool) -> String {
  let cut = isCut ? "…" : ""
  switch point {
  case -6...0:
    return "0." + String(repeating: "0", count: -point) + digits + cut
  case 1...22 where digits.count > point:
    return "\(digits.prefix(point)).\(digits.dropFirst(point))" + cut
  case 1...22:
    return digits + String(repeating: "0", count: point - digits.count) + cut
  default:
    let rest = digits.dropFirst()
    return digits.prefix(1) + (rest.isEmpty ? "" : "." + rest) + cut + "e\(point - 1)"
  }
}
