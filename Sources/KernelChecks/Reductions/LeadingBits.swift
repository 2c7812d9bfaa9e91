// SPDX-License-Identifier: Apache-2.0

/// The Double next to a positive number, ties to even, as significand 2^exponent.
struct LeadingBits {
  /// At most 2^53.
  let significand: UInt64
  let exponent: Int

  /// Of window 2^exponent and, where there is a rest, less than 2^exponent more.
  ///
  /// - Precondition: a window with a rest has more than 54 bits.
  init(_ window: UInt128, exponent: Int, hasRest: Bool = false) {
    let width = UInt128.bitWidth - window.leadingZeroBitCount
    guard width > Double.significandBitCount + 1 else {
      significand = UInt64(truncatingIfNeeded: window)
      self.exponent = exponent
      return
    }
    let dropped = width - (Double.significandBitCount + 1)
    let kept = UInt64(truncatingIfNeeded: window &>> UInt128(dropped))
    let half = UInt128(1) &<< UInt128(dropped - 1)
    let tail = window & (half &<< 1 &- 1)
    let isUp = tail > half || (tail == half && (hasRest || kept & 1 == 1))
    significand = isUp ? kept + 1 : kept
    self.exponent = exponent + dropped
  }

  /// The number itself.
  var double: Double { ExactAccumulator.double(significand, exponent) }
}
