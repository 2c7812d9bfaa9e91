// SPDX-License-Identifier: Apache-2.0
import Formats

/// A magnitude split at the unit in the last place: what a format keeps and what is cut off.
struct Cut: Equatable {
  /// How what is cut off compares with half a unit.
  enum LostFraction: String, Encodable {
    case exactlyZero, lessThanHalf, exactlyHalf, moreThanHalf
  }

  /// The kept multiple of the unit.
  var kept: UInt64
  /// The first 64 bits that are cut off: guard, round, and the rest.
  var lostBits: UInt64
  /// Whether something nonzero follows these.
  var hasMore: Bool
  /// q, the unit in the last place being 2^q.
  var unitExponent: Int
  /// What is cut off in units, to 53 bits or, of more, the least number above 0 that only tells that
  /// something is.
  private(set) var fraction: Double

  /// The magnitude split at 2^unitExponent, which lies above its 64th bit.
  init(_ magnitude: TruncatedSignificand, unitExponent: Int) {
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
    let isInLost = shift > UInt64.bitWidth
    let top = isInLost ? magnitude.significand : lostBits
    let scale = isInLost ? -shift : -UInt64.bitWidth
    let value = magnitude.isTiny ? 0 : Cut.scaled(top, by: scale)
    fraction = value == 0 && (lostBits != 0 || hasMore) ? .leastNonzeroMagnitude : value
  }

  /// The exponent of the unit in the last place that a magnitude is rounded to, were exponents
  /// not bounded above.
  static func unitExponent(of magnitude: TruncatedSignificand, in format: Format) -> Int {
    guard magnitude.significand != 0 else { return format.minUlpExponent }
    let leading = magnitude.exponent + UInt64.bitWidth - 1
    return max(leading - format.fractionBits, format.minUlpExponent)
  }

  var lost: LostFraction {
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

  /// number - exact in units, where the number is `units` of them: never 0 but for the number
  /// itself, and on its side of 0, 0.5 and 1 also where a Double does not tell it from these.
  func error(units: Double) -> Double {
    let whole = units - Double(kept)
    guard lost != .exactlyZero else { return whole }
    var difference = whole - fraction
    if whole >= 1 {
      let rest = 0 &- lostBits
      let complement: Double =
        lostBits == 0
        ? 1 : hasMore && rest == 1 ? .leastNonzeroMagnitude : Cut.scaled(rest, by: -64)
      difference = (whole - 1) + complement
    }
    let isRounded = difference == whole || hasMore && [0.5, 1].contains(abs(difference))
    return isRounded ? difference.nextDown : difference
  }

  /// bits x 2^exponent, toward zero to 53 bits.
  private static func scaled(_ bits: UInt64, by exponent: Int) -> Double {
    guard bits != 0 else { return 0 }
    let drop = max(0, 11 - bits.leadingZeroBitCount)
    return Double(sign: .plus, exponent: exponent + drop, significand: Double(bits >> drop))
  }
}
