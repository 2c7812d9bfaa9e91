// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

extension ExactReal {
  /// The value rounded once to a format, by the oracle.
  package func rounded(
    to format: ValueFormat, _ semantics: Semantics, _ index: UInt64
  ) -> Rounded<UInt64> {
    Oracle.rounded(
      isNegative: isNegative, significand: magnitude.significand, exponent: magnitude.exponent,
      hasMore: magnitude.hasMore, to: format.constants, semantics: semantics, index: index)
  }
}
