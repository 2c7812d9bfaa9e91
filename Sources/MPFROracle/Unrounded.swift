// SPDX-License-Identifier: Apache-2.0
import Formats
import Randomness

/// How the discarded part of a number compares with half a unit of the last kept place.
package enum LostFraction: UInt8, Hashable, Sendable, Codable {
  case exactlyZero, lessThanHalf, exactlyHalf, moreThanHalf

  /// The class of a discarded part f given as floor(f 2^64) and whether more follows.
  init(fraction: UInt64, sticky: Bool) {
    let half = UInt64(1) << 63
    self =
      if fraction == 0 && !sticky {
        .exactlyZero
      } else if fraction < half {
        .lessThanHalf
      } else if fraction == half && !sticky {
        .exactlyHalf
      } else {
        .moreThanHalf
      }
  }
}

/// A nonzero real number before rounding: its leading 64 bits, and whether more follow.
///
/// |x| = (significand + s) x 2^(exponent - 63) with 0 <= s < 1, s = 0 exactly when `sticky` is
/// false. Sixty-four bits are enough for every rounding: at most 24 are kept, and a stochastic
/// rounding looks at 32 more.
struct Unrounded: Equatable {
  var negative: Bool
  /// The leading bits; the top one is set.
  var significand: UInt64
  /// floor(log2 |x|).
  var exponent: Int
  /// Whether something nonzero follows the leading bits.
  var sticky: Bool

  init(negative: Bool, significand: UInt64, exponent: Int, sticky: Bool) {
    self.negative = negative
    self.significand = significand
    self.exponent = exponent
    self.sticky = sticky
  }

  /// The number itself, nothing cut off.
  init(_ x: Dyadic) {
    self.init(
      negative: x.negative, significand: x.significand << UInt64(x.significand.leadingZeroBitCount),
      exponent: x.leadingExponent, sticky: false)
  }

  /// |x| split at 2^unit: the whole number of units, and the fraction f of a unit that is left, as
  /// floor(f 2^64) and whether more follows. The number of units must fit in 64 bits.
  func split(atUnit unit: Int) -> (units: UInt64, fraction: UInt64, sticky: Bool) {
    let cut = 63 - (exponent - unit)
    precondition(cut >= 0, "2^\(exponent) has no 64-bit count of units 2^\(unit)")
    switch cut {
    case 0:
      return (significand, 0, sticky)
    case 1...63:
      return (significand >> UInt64(cut), significand << UInt64(64 - cut), sticky)
    case 64:
      return (0, significand, sticky)
    case 65...127:
      let below = significand << UInt64(128 - cut)
      return (0, significand >> UInt64(cut - 64), sticky || below != 0)
    default:
      return (0, 0, true)
    }
  }

  /// |x| rounded to a whole number of units 2^unit, and whether that changed it.
  func rounded(
    toUnit unit: Int, _ rounding: Rounding, index: UInt64
  ) -> (units: UInt64, isInexact: Bool) {
    let (units, fraction, sticky) = split(atUnit: unit)
    let lost = LostFraction(fraction: fraction, sticky: sticky)
    let increments: Bool
    if case .stochastic(let bits, let seed) = rounding {
      let word = RandomWords.word(seed: seed, index: index)
      let random = UInt64(word >> UInt32(32 - bits))
      increments = (fraction >> UInt64(64 - bits)) + random >= UInt64(1) << UInt64(bits)
    } else {
      increments = rounding.increments(lost: lost, odd: units % 2 == 1, negative: negative)
    }
    return (increments ? units + 1 : units, lost != .exactlyZero)
  }
}

extension Rounding {
  /// Whether a magnitude is rounded up to the next unit (IEEE 754-2019, clause 4.3), for the
  /// deterministic roundings; false for the stochastic one, which needs the whole fraction.
  func increments(lost: LostFraction, odd: Bool, negative: Bool) -> Bool {
    guard lost != .exactlyZero else { return false }
    switch self {
    case .nearestEven: return lost == .moreThanHalf || (lost == .exactlyHalf && odd)
    case .nearestAway: return lost == .moreThanHalf || lost == .exactlyHalf
    case .towardZero: return false
    case .up: return !negative
    case .down: return negative
    case .toOdd: return !odd
    case .stochastic: return false
    }
  }

  /// Whether an overflow in this direction delivers infinity rather than the largest finite number
  /// (IEEE 754-2019, clause 7.4).
  func overflowsToInfinity(negative: Bool) -> Bool {
    switch self {
    case .nearestEven, .nearestAway, .stochastic: true
    case .towardZero, .toOdd: false
    case .up: !negative
    case .down: negative
    }
  }
}
