// SPDX-License-Identifier: Apache-2.0
import Formats

extension Oracle {
  /// ± significand 2^exponent, increased by less than one unit of the significand where more
  /// follows, rounded to a format, `binary64` included.
  package static func rounded(
    isNegative: Bool, significand: UInt64, exponent: Int, hasMore: Bool, to format: Format,
    semantics: Semantics = Semantics(), index: UInt64 = 0
  ) -> Rounded<UInt64> {
    guard significand != 0 else {
      return format.deliver(.zero(negative: isNegative), semantics, index: index)
    }
    let shift = significand.leadingZeroBitCount
    let number = Unrounded(
      negative: isNegative, significand: significand << UInt64(shift),
      exponent: exponent + UInt64.bitWidth - 1 - shift, sticky: hasMore)
    return format.deliver(.number(number), semantics, index: index)
  }
}
