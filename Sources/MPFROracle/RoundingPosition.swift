// SPDX-License-Identifier: Apache-2.0
import Formats

/// Where an exact number lies between two neighbours of a format: all that a rounding decides on.
package struct RoundingPosition: Sendable {
  /// The greatest encoding whose value is at most the number, infinity or NaN where the format
  /// ends.
  package let below: UInt64
  /// The encoding of the least value that is at least the number; that of `below` when it is exact.
  package let above: UInt64
  /// The exponent of the unit that the discarded part is measured in.
  package let ulpExponent: Int
  /// The discarded part of the magnitude in units of 2^ulpExponent, in [0, 1), cut to 53 bits.
  package let fraction: Double
  /// How the discarded part compares with half a unit.
  package let lost: LostFraction
  /// Whether the magnitude's last kept bit is 1.
  package let isOdd: Bool
}

extension ExactNumber {
  /// The position of the number in a format, with gradual underflow; nil for zero.
  package func position(in format: Format) -> RoundingPosition? {
    guard let x = unrounded else { return nil }
    let unit = max(x.exponent, format.minExponent) - format.fractionBits
    let (units, fraction, sticky) = x.split(atUnit: unit)
    func neighbour(_ rounding: Rounding) -> UInt64 {
      format.deliver(.number(x), Semantics(rounding: rounding), index: 0).value
    }
    return RoundingPosition(
      below: neighbour(.down), above: neighbour(.up), ulpExponent: unit,
      fraction: Double(fraction >> 11) * 0x1p-53,
      lost: LostFraction(fraction: fraction, sticky: sticky), isOdd: units % 2 == 1)
  }
}
