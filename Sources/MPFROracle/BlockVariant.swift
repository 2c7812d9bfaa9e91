// SPDX-License-Identifier: Apache-2.0
import Formats
import Randomness

/// One variant of the semantics as constants for straight-line code.
struct BlockVariant {
  /// The increment at each combination of `Decision`'s four table bits.
  private let truthTable: UInt32
  private let stochastic: (bits: UInt32, seed: UInt64)?
  /// 1 when tininess is detected before rounding.
  private let before: UInt32
  /// 1 when tiny results are flushed.
  private let flush: UInt32
  private let largest: UInt32
  private let overflowPositive: UInt32
  private let overflowNegative: UInt32
  private let signShift: UInt32

  var isStochastic: Bool { stochastic != nil }

  /// The constants of a variant in a format with zeros.
  init(_ semantics: Semantics, _ format: Format) {
    var table: UInt32 = 0
    for bits in UInt32(0)..<16 {
      guard let lost = LostFraction(rawValue: UInt8(bits & 3)) else { continue }
      let increments = semantics.rounding.increments(
        lost: lost, odd: bits >> 2 & 1 == 1, negative: bits >> 3 & 1 == 1)
      if increments { table |= 1 << bits }
    }
    truthTable = table
    if case .stochastic(let bits, let seed) = semantics.rounding {
      stochastic = (UInt32(bits), seed)
    } else {
      stochastic = nil
    }
    before = semantics.tininess == .beforeRounding ? 1 : 0
    flush = semantics.subnormals.flushesResults ? 1 : 0
    largest = format.largestFinite
    overflowPositive = UInt32(format.overflow(negative: false, semantics).value)
    overflowNegative = UInt32(format.overflow(negative: true, semantics).value)
    signShift = UInt32(format.bitWidth - 1)
  }

  /// Writes the results and flags of a block's numbers from the `start`-th on, whose decisions are
  /// filled in.
  func round<Word: FixedWidthInteger & UnsignedInteger>(
    _ x: borrowing BlockNumbers, from start: Int, count: Int, firstIndex: UInt64,
    results: UnsafeMutablePointer<Word>, flags: UnsafeMutablePointer<UInt8>
  ) {
    let low = x.low + start
    let high = x.high + start
    let decision = x.decision + start
    guard let (bits, seed) = stochastic else {
      for i in 0..<count {
        let d = decision[i]
        let increment = (truthTable &>> (d & Decision.tableMask)) & 1
        let free = (truthTable &>> ((d &>> 4) & Decision.tableMask)) & 1
        let result = deliver(d, low[i], high[i], increment, free)
        results[i] = Word(truncatingIfNeeded: result.value)
        flags[i] = UInt8(truncatingIfNeeded: result.flags)
      }
      return
    }
    let unused = UInt64(32 - bits)
    let carry = UInt64(bits)
    let fraction = x.fraction + start
    let freeFraction = x.freeFraction + start
    for i in 0..<count {
      let word = RandomWords.word(seed: seed, index: firstIndex &+ UInt64(i))
      let random = UInt64(word) &>> unused
      let increment = ((UInt64(fraction[i]) &>> unused) &+ random) &>> carry
      let free = ((UInt64(freeFraction[i]) &>> unused) &+ random) &>> carry
      let result = deliver(
        decision[i], low[i], high[i], UInt32(truncatingIfNeeded: increment),
        UInt32(truncatingIfNeeded: free))
      results[i] = Word(truncatingIfNeeded: result.value)
      flags[i] = UInt8(truncatingIfNeeded: result.flags)
    }
  }

  /// The encoding and exception bits of one number, given whether its magnitude is incremented on
  /// the format's grid and at an unbounded exponent.
  @inline(__always)
  private func deliver(
    _ d: UInt32, _ low: UInt32, _ high: UInt32, _ increment: UInt32, _ free: UInt32
  ) -> (value: UInt32, flags: UInt32) {
    // Masks, not ternary operators, which may become branches and then keep the loop scalar.
    let magnitude = low ^ ((low ^ high) & (0 &- increment))
    let negative = (d &>> 3) & 1
    let isInexact = bit(d & 3 != 0)
    let overflows = bit(magnitude > largest)
    let reachesNormal = (d &>> 8) & free
    let isTiny = (d &>> 9) & (before | (reachesNormal ^ 1))
    let flushed = isTiny & flush
    let overflow = overflowPositive ^ ((overflowPositive ^ overflowNegative) & (0 &- negative))
    let kept = (magnitude & (flushed &- 1)) | negative &<< signShift
    let value = kept ^ ((kept ^ overflow) & (0 &- overflows))
    let flags =
      (isInexact | overflows | flushed) | ((isTiny & isInexact) | flushed) &<< 1
      | overflows &<< 2
    return (value, flags)
  }
}

/// 1 where the condition holds, else 0.
@inline(__always)
private func bit(_ condition: Bool) -> UInt32 {
  UInt32(unsafeBitCast(condition, to: UInt8.self))
}
