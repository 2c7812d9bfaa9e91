// SPDX-License-Identifier: Apache-2.0
import CMPFR

extension Real {
  private static let base: Int32 = 32

  /// The number as text that loses nothing: precision in bits, digits of base 32 behind the point,
  /// and the exponent of the base, such as `200:-1g:-3`.
  package var archived: String {
    var exponent: mpfr_exp_t = 0
    // With 0 digits MPFR takes as many as it needs to read the number back.
    guard let digits = mpfr_get_str(nil, &exponent, Self.base, 0, number.pointer, MPFR_RNDN) else {
      preconditionFailure("mpfr_get_str knows base 32")
    }
    defer { mpfr_free_str(digits) }
    return "\(precision):\(String(cString: digits)):\(exponent)"
  }

  /// The bits of the number of such a text; nil for a text that tells none.
  package static func precision(ofArchived text: String) -> Int? {
    let bits = text.prefix { $0 != ":" }
    return Int(bits).flatMap { (1...1 << 20).contains($0) ? $0 : nil }
  }

  /// The number of such a text; nil for another text.
  package init?(archived text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, let bits = Self.precision(ofArchived: text),
      let exponent = Int(parts[2])
    else { return nil }
    let isNegative = parts[1].hasPrefix("-")
    let digits = isNegative ? parts[1].dropFirst() : parts[1]
    let isSpecial = digits.hasPrefix("@")
    let literal =
      (isNegative ? "-" : "") + (isSpecial ? String(digits) : "0.\(digits)@\(exponent)")
    var isRead = false
    let number = MPFRNumber(precision: bits) {
      isRead = mpfr_set_str($0, literal, Self.base, MPFR_RNDN) == 0
    }
    guard isRead else { return nil }
    self.init(number)
  }
}
