// SPDX-License-Identifier: Apache-2.0

extension UInt64 {
  /// The digits in groups of three: 4,294,967,296.
  package var groupedDigits: String {
    var digits = String(self)
    var place = digits.count - 3
    while place > 0 {
      digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
      place -= 3
    }
    return digits
  }
}
