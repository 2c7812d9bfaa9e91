// SPDX-License-Identifier: Apache-2.0
import CMPFR
import Formats

extension Oracle {
  /// The number that a text denotes, as MPFR reads it: a witness of the reader under test, with
  /// which it shares nothing.
  ///
  /// The text is decimal or hexadecimal with a binary exponent, or `inf`. NaNs and encodings have
  /// no such witness: nothing about them is rounded.
  package struct Literal: Sendable {
    private enum Value {
      case infinity(negative: Bool)
      case outcome(Outcome)
    }
    private let value: Value

    /// The number of the whole of a text; nil where MPFR reads none there, or the text is a NaN or
    /// an encoding.
    package init?(_ text: String) {
      let digits = text.drop { $0 == "-" || $0 == "+" }.lowercased()
      let isHexadecimal = digits.hasPrefix("0x")
      // MPFR would take 0x3c00 for an integer, as a reader of encodings would not.
      guard !isHexadecimal || digits.contains("p") else { return nil }
      var ternary: Int32 = 0
      var isWhole = false
      let number = MPFRNumber(precision: Scratch.precision) { number in
        isWhole = text.withCString { start in
          var end: UnsafeMutablePointer<CChar>?
          ternary = mpfr_strtofr(number, start, &end, isHexadecimal ? 16 : 10, MPFR_RNDZ)
          return end.map { $0.pointee == 0 && UnsafePointer($0) != start } ?? false
        }
      }
      guard isWhole, let value = Literal.value(of: number, ternary: ternary) else { return nil }
      self.value = value
    }

    private static func value(of number: MPFRNumber, ternary: Int32) -> Value? {
      let x = number.pointer
      let isNegative = mpfr_signbit(x) != 0
      // An exponent beyond MPFR's own range ends at its border, inexactly.
      let beyond = { (exponent: Int) in
        Value.outcome(
          .number(
            Unrounded(
              negative: isNegative, significand: 1 << 63, exponent: exponent, sticky: true)))
      }
      if mpfr_nan_p(x) != 0 { return nil }
      if mpfr_inf_p(x) != 0 { return ternary == 0 ? .infinity(negative: isNegative) : beyond(far) }
      if mpfr_zero_p(x) != 0 {
        return ternary == 0 ? .outcome(.zero(negative: isNegative)) : beyond(-far)
      }
      guard let limbs = x.pointee._mpfr_d else { return nil }
      let exponent = Int(mpfr_get_exp(x)) - 1
      return .outcome(
        .number(
          Unrounded(
            negative: isNegative, significand: UInt64(limbs[1]), exponent: exponent,
            sticky: limbs[0] != 0 || ternary != 0)))
    }

    /// An exponent outside every format.
    private static let far = 1 << 20

    /// The number rounded once to a format, with its exceptions.
    package func rounded(
      to format: Format, semantics: Semantics = Semantics(), index: UInt64 = 0
    ) -> Rounded<UInt64> {
      switch value {
      case .infinity(let negative):
        Oracle.convert(.infinity(negative: negative), to: format, semantics, index: index)
      case .outcome(let outcome): format.deliver(outcome, semantics, index: index)
      }
    }
  }
}
