// SPDX-License-Identifier: Apache-2.0
import Formats

/// A magnitude split at the unit in the last place: what a format keeps and what is cut off.
package struct Cut: Equatable {
  /// How what is cut off compares with half a unit.
  package enum LostFraction: String, Encodable {
    case exactlyZero, lessThanHalf, exactlyHalf, moreThanHalf
  }

  /// The kept multiple of the unit.
  package var kept: UInt64
  /// The first 64 bits that are cut off: guard, round, and the rest.
  package var lostBits: UInt64
  /// Whether something nonzero follows these.
  package var hasMore: Bool
  /// q, the unit in the last place being 2^q.
  package var unitExponent: Int
  /// What is cut off in units, as `ExactReal.error` tells distances; 0 of a value of which only the
  /// first bits are known to be beyond 2^1000.
  package let fraction: Double

  /// The magnitude of a value split at 2^unitExponent, which lies above its 64th bit.
  init(_ value: ExactReal, unitExponent: Int) {
    let magnitude = value.magnitude
    let shift = unitExponent - magnitude.exponent
    self.unitExponent = unitExponent
    if shift <= UInt64.bitWidth {
      kept = magnitude.significand >> shift
      lostBits = magnitude.significand << (UInt64.bitWidth - shift)
      hasMore = magnitude.hasMore
    } else {
      let beyond = shift - UInt64.bitWidth
      kept = 0
      lostBits = magnitude.significand >> beyond
      hasMore = magnitude.hasMore || lostBits << beyond != magnitude.significand
    }
    let number = BigDyadic(value.isNegative, BigNatural(kept), unitExponent)
    fraction = value.isHuge ? 0 : abs(value.error(of: number, inUnitsOf: unitExponent))
  }

  /// The exponent of the unit in the last place that a magnitude is rounded to, were exponents
  /// not bounded above.
  static func unitExponent(of magnitude: TruncatedSignificand, in format: ValueFormat) -> Int {
    guard magnitude.significand != 0 else { return format.minUlpExponent }
    let leading = magnitude.exponent + UInt64.bitWidth - 1
    return max(leading - format.fractionBits, format.minUlpExponent)
  }

  package var lost: LostFraction {
    if lostBits == 0 && !hasMore { return .exactlyZero }
    let half: UInt64 = 1 << 63
    if lostBits == half && !hasMore { return .exactlyHalf }
    return lostBits < half ? .lessThanHalf : .moreThanHalf
  }

  /// The first bit cut off.
  var guardBit: Int { Int(lostBits >> 63) }
  /// The second.
  var roundBit: Int { Int(lostBits >> 62 & 1) }
  /// Whether any after these is 1.
  var stickyBit: Int { lostBits << 2 != 0 || hasMore ? 1 : 0 }
}
