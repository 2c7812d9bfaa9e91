// SPDX-License-Identifier: Apache-2.0
import Formats

/// The scale format E8M0 as an IEEE-like one: its encodings plus one.
///
/// In the shifted encoding 2^-127 is the smallest normal number, and the zero and the sign that
/// E8M0 lacks exist while a result is computed. Adding one to an encoding and taking it away again
/// is all that the format needs.
@usableFromInline
enum ScaleFormat {
  /// The shifted encoding of an operand.
  @inlinable
  static func decode(_ bits: UInt64) -> UInt64 { (bits & 0xff) &+ 1 }

  /// The encoding of a shifted result: a zero becomes 2^-127 with underflow and inexact, a negative
  /// nonzero result the NaN with invalid.
  @inlinable
  static func encode(_ result: Packed<UInt64>, _ c: Context<UInt64>) -> Packed<UInt64> {
    let magnitude = result.bits & c.magnitudeMask
    let isNegative = result.bits &>> c.signShift != 0
    // A negative zero is nonzero before rounding when it is inexact, a negative NaN when it is an
    // overflow.
    let isNonzero = magnitude != 0 || result.flags & 1 != 0
    if isNegative, isNonzero, !c.isNaN(magnitude) || result.flags & 4 != 0 {
      return Packed(c.invalidResult &- 1, 16)
    }
    if magnitude == 0 { return Packed(0, 3) }
    return Packed(magnitude &- 1, result.flags)
  }

  /// The encoding of a shifted neighbour: 2^-127 has none below, and nothing is signalled.
  @inlinable
  static func encodeNeighbor(_ result: Packed<UInt64>) -> Packed<UInt64> {
    Packed(Swift.max(result.bits, 1) &- 1, result.flags)
  }
}
