// SPDX-License-Identifier: Apache-2.0

extension Format {
  /// The decimal number with the fewest digits that rounds to the encoding's value to nearest
  /// even, the nearest of several: `0.1`, `65504`, `6e-8`; `nan(0x1)`, `-inf` (Steele and White,
  /// 1990: free-format output).
  public func shortestText(_ bits: UInt32) -> String {
    text(bits, { _, _ in shortestDigits(bits) }, \.compact)
  }

  /// The shortest digits of a finite nonzero number.
  private func shortestDigits(_ bits: UInt32) -> DecimalDigits {
    let parts = decode(bits)
    // Everything in units of a quarter of the last place, so that the halfway points to both
    // neighbours are integers; below a power of two the neighbour is half as far.
    let isPowerOfTwo = parts.significand == 1 << UInt32(fractionBits)
    let hasNarrowBelow = isPowerOfTwo && parts.exponent > minUlpExponent
    let value = BigNatural(UInt64(parts.significand) * 4)
    let low = BigNatural(UInt64(parts.significand) * 4 - (hasNarrowBelow ? 1 : 2))
    let high = BigNatural(UInt64(parts.significand) * 4 + 2)
    let exact = DecimalDigits.aligned([low, value, high], exponent: parts.exponent - 2)
    let rounds = tieRules(parts)
    let (lowDigits, digits, highDigits) = (exact.rows[0], exact.rows[1], exact.rows[2])

    let first = highDigits.firstIndex { $0 != 0 } ?? 0
    for count in (first + 1)...digits.count {
      let below = DecimalDigits.truncated(digits, to: count)
      let above = DecimalDigits.incremented(below, at: count - 1)
      let isBelowInside =
        below.lexicographicallyPrecedes(lowDigits) == false && (below != lowDigits || rounds.low)
      let isAboveInside =
        highDigits.lexicographicallyPrecedes(above) == false && (above != highDigits || rounds.high)
      guard isBelowInside || isAboveInside else { continue }
      let isBelowNearer = DecimalDigits.isNearer(below, than: above, to: digits, at: count - 1)
      let chosen = isBelowInside && (isBelowNearer || !isAboveInside) ? below : above
      return DecimalDigits(integer: chosen, scale: exact.scale)
    }
    return DecimalDigits(integer: digits, scale: exact.scale)
  }

  /// Whether the halfway points below and above a number round to it.
  private func tieRules(_ parts: Decoded) -> (low: Bool, high: Bool) {
    // With one significand bit there is no even neighbour: a tie goes to the larger magnitude
    // (IEEE 754-2019, clause 4.3.1).
    if precision == 1 { return (true, false) }
    let isEven = parts.significand & 1 == 0
    return (isEven, isEven)
  }
}

extension DecimalDigits {
  /// The digits of integers x 2^exponent as rows of one length in units of 10^scale, with room
  /// for a carry in front.
  fileprivate static func aligned(
    _ integers: [BigNatural], exponent: Int
  ) -> (rows: [[UInt8]], scale: Int) {
    let factor = BigNatural.power(5, max(0, -exponent))
    let rows = integers.map { ($0 * factor << max(0, exponent)).decimalDigits }
    let length = 1 + (rows.map(\.count).max() ?? 0)
    let padded = rows.map { [UInt8](repeating: 0, count: length - $0.count) + $0 }
    return (padded, min(0, exponent))
  }

  /// The digits with all but the first `count` replaced by zeros.
  fileprivate static func truncated(_ digits: [UInt8], to count: Int) -> [UInt8] {
    digits.prefix(count) + [UInt8](repeating: 0, count: digits.count - count)
  }

  /// The digits with one added at a place.
  fileprivate static func incremented(_ digits: [UInt8], at place: Int) -> [UInt8] {
    var result = digits
    var i = place
    while result[i] == 9 {
      result[i] = 0
      i -= 1
    }
    result[i] += 1
    return result
  }

  /// Whether `below`, the truncation of `digits` after a place, is nearer than `above`, one unit
  /// of that place more; an even last digit decides a tie.
  fileprivate static func isNearer(
    _ below: [UInt8], than above: [UInt8], to digits: [UInt8], at place: Int
  ) -> Bool {
    let rest = digits[(place + 1)...]
    guard let next = rest.first else { return true }
    if next != 5 { return next < 5 }
    return rest.dropFirst().allSatisfy { $0 == 0 } && below[place] % 2 == 0
  }
}
