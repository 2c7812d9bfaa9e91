// SPDX-License-Identifier: Apache-2.0
import Formats

/// The numbers of a block before rounding, and what every variant's rounding needs to know of them.
///
/// Encodings of one sign are consecutive integers in the order of the values, 2^(p-1) of them per
/// binade: n units of 2^(emin-p+1+k) are encoding k 2^(p-1) + n. A rounding therefore chooses
/// between two integers, `low` and `high`, by four bits: how the lost fraction compares with a half
/// (2 bits), whether n is odd, and the sign.
struct BlockNumbers: ~Copyable {
  /// The elements of one block: all its buffers together stay in the first-level cache.
  static let capacity = SharedRuns.groupSize

  /// |x| = significand x 2^(exponent - 61); the lowest bit is set when anything was cut off.
  let significand: UnsafeMutablePointer<UInt64>
  /// floor(log2 |x|).
  let exponent: UnsafeMutablePointer<Int64>
  /// 1 for a negative number.
  let negative: UnsafeMutablePointer<UInt64>

  /// The encoding of the neighbour toward zero, without sign.
  let low: UnsafeMutablePointer<UInt32>
  /// The encoding of the neighbour away from zero, without sign.
  let high: UnsafeMutablePointer<UInt32>
  /// The `Decision` bits.
  let decision: UnsafeMutablePointer<UInt32>
  /// floor(f 2^32), f the lost fraction of a unit; for stochastic rounding.
  let fraction: UnsafeMutablePointer<UInt32>
  /// The same for p bits at an unbounded exponent.
  let freeFraction: UnsafeMutablePointer<UInt32>

  init() {
    significand = .allocate(capacity: BlockNumbers.capacity)
    exponent = .allocate(capacity: BlockNumbers.capacity)
    negative = .allocate(capacity: BlockNumbers.capacity)
    low = .allocate(capacity: BlockNumbers.capacity)
    high = .allocate(capacity: BlockNumbers.capacity)
    decision = .allocate(capacity: BlockNumbers.capacity)
    fraction = .allocate(capacity: BlockNumbers.capacity)
    freeFraction = .allocate(capacity: BlockNumbers.capacity)
    significand.initialize(repeating: 0, count: BlockNumbers.capacity)
    exponent.initialize(repeating: 0, count: BlockNumbers.capacity)
    negative.initialize(repeating: 0, count: BlockNumbers.capacity)
  }

  deinit {
    significand.deallocate()
    exponent.deallocate()
    negative.deallocate()
    low.deallocate()
    high.deallocate()
    decision.deallocate()
    fraction.deallocate()
    freeFraction.deallocate()
  }
}

/// The layout of a decision word.
enum Decision {
  /// Bits 0-3 index a rounding's truth table: `LostFraction`, then odd, then negative.
  static let tableMask: UInt32 = 15
  static let oddShift: UInt64 = 2
  static let negativeShift: UInt64 = 3
  /// Bits 4-7: the same for p bits at an unbounded exponent.
  static let freeShift: UInt64 = 4
  /// |x| < 2^emin, and rounding p bits up would reach it.
  static let reachesNormalShift: UInt64 = 8
  /// |x| < 2^emin.
  static let isBelowShift: UInt64 = 9
}

/// The bits of `BlockNumbers.significand`.
private let significandBits: UInt64 = 62

extension BlockNumbers {
  /// Fills `low`, `high` and `decision` for a rounding to the format's own grid.
  func decide(count: Int, format: Format) {
    let p = UInt64(format.precision)
    let emin = Int64(format.minExponent)
    let freeCut = significandBits - p
    let allOnes = (UInt64(1) << p) - 1
    for i in 0..<count {
      let x = significand[i]
      let e = exponent[i]
      let sign = negative[i] &<< Decision.negativeShift
      let below = max(emin &- e, 0)
      // All is lost from a cut of 62 on; 63 says so for every larger one.
      let cut = min(freeCut &+ UInt64(bitPattern: below), 63)
      let units = x &>> cut
      let freeUnits = x &>> freeCut
      let binade = UInt64(bitPattern: max(e &- emin, 0))
      let encoding = (binade &<< (p &- 1)) &+ units
      let reachesNormal: UInt64 = (below == 1 && freeUnits == allOnes) ? 1 : 0
      let table = lost(x, cut) | (units & 1) &<< Decision.oddShift | sign
      let free = lost(x, freeCut) | (freeUnits & 1) &<< Decision.oddShift | sign
      low[i] = UInt32(truncatingIfNeeded: encoding)
      high[i] = UInt32(truncatingIfNeeded: encoding &+ 1)
      decision[i] = UInt32(
        truncatingIfNeeded: table | free &<< Decision.freeShift
          | reachesNormal &<< Decision.reachesNormalShift
          | (below > 0 ? 1 : 0) &<< Decision.isBelowShift)
    }
  }

  /// Fills `low`, `high` and `decision` for a rounding of the format's numbers to integers.
  func decideIntegral(count: Int, format: Format) {
    let p = UInt64(format.precision)
    let emin = Int64(format.minExponent)
    let lastFractional = Int64(format.precision - 1)
    for i in 0..<count {
      let x = significand[i]
      let e = exponent[i]
      // Numbers from 2^(p-1) on are integers: all p bits are kept.
      let cut = min(UInt64(bitPattern: max(61 &- e, 61 &- lastFractional)), 63)
      let units = x &>> cut
      let isWhole = e >= lastFractional
      let whole = (UInt64(bitPattern: e &- emin) &<< (p &- 1)) &+ units
      let table =
        lost(x, cut) | (units & 1) &<< Decision.oddShift | negative[i] &<< Decision.negativeShift
      let fractionalLow = integerEncoding(units, p, emin)
      let fractionalHigh = integerEncoding(units &+ 1, p, emin)
      low[i] = UInt32(truncatingIfNeeded: isWhole ? whole : fractionalLow)
      high[i] = UInt32(truncatingIfNeeded: isWhole ? whole : fractionalHigh)
      decision[i] = UInt32(truncatingIfNeeded: table)
    }
  }

  /// Fills `fraction` and `freeFraction` for a rounding to the format's grid, or to integers.
  func keepFractions(count: Int, format: Format, integral: Bool) {
    let freeCut = significandBits - UInt64(format.precision)
    let emin = Int64(format.minExponent)
    let lastFractional = Int64(format.precision - 1)
    for i in 0..<count {
      let x = significand[i]
      let e = exponent[i]
      let gridCut = freeCut &+ UInt64(bitPattern: max(emin &- e, 0))
      let integerCut = UInt64(bitPattern: max(61 &- e, 61 &- lastFractional))
      let cut = integral ? integerCut : gridCut
      fraction[i] = UInt32(truncatingIfNeeded: x &>> min(cut &- 32, 63))
      freeFraction[i] = UInt32(truncatingIfNeeded: x &>> (freeCut &- 32))
    }
  }
}

/// The `LostFraction` of the lowest `cut` bits, 1...63 of them.
@inline(__always)
private func lost(_ x: UInt64, _ cut: UInt64) -> UInt64 {
  let half = UInt64(1) &<< (cut &- 1)
  let isHalfOrMore = (x &>> (cut &- 1)) & 1
  let isMore: UInt64 = x & (half &- 1) != 0 ? 1 : 0
  return isHalfOrMore &<< 1 | isMore
}

/// The encoding of an integer of at most p bits, or of 2^p - 1 + 1.
@inline(__always)
private func integerEncoding(_ n: UInt64, _ p: UInt64, _ emin: Int64) -> UInt64 {
  let leading = 63 &- UInt64(truncatingIfNeeded: (n | 1).leadingZeroBitCount)
  let binade = UInt64(bitPattern: Int64(bitPattern: leading) &- emin)
  let encoding = (binade &<< (p &- 1)) &+ (n &<< ((p &- 1 &- leading) & 63))
  return n == 0 ? 0 : encoding
}
