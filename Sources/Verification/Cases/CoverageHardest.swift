// SPDX-License-Identifier: Apache-2.0
import Formats

extension CoverageModel {
  /// The operands of sqrt whose roots lie closest to ties and to representable numbers, in either
  /// half of the exponent range, at its ends and in between.
  var hardestRoots: CoverageFamily {
    let (format, p) = (self.format, self.p)
    let radicands = HardestRoots.radicands(precision: p)
    let range = format.minExponent...format.maxExponent
    let places = 4
    return CoverageFamily(radices: [max(radicands.count, 1), places]) { [self] point, random in
      guard !radicands.isEmpty else {
        return (encoding(false, 1 << UInt64(p - 1), leading: 0), 0, 0)
      }
      let radicand = radicands[point[0]]
      let place = [
        range.lowerBound, 0, range.upperBound - 1, random.within(range),
      ][point[1]]
      // The leading exponent with the last bit's parity, stepped inwards.
      let isOdd = (place - p + 1) & 1 == 1
      let leading = isOdd == radicand.isOdd ? place : place + (place < range.upperBound ? 1 : -1)
      return (encoding(false, radicand.significand, leading: leading), 0, 0)
    }
  }

  /// The p-bit x with x 2^(bits + 1) = d (mod y) if x < y, with x 2^bits = d (mod y) if not; nil
  /// where that x has fewer bits. Then x / y is |d| / y units from a number of bits + 1 bits: a tie
  /// or a representable number of a rounding to `bits` bits.
  func hardestDividend(
    _ y: UInt64, distance d: Int, isLess: Bool, bits: Int
  ) -> UInt64? {
    let residue = Int(y) + d % Int(y)
    var x = UInt64(residue) % y
    // Division by 2 modulo an odd number.
    for _ in 0..<(isLess ? bits + 1 : bits) { x = x & 1 == 0 ? x >> 1 : (x + y) >> 1 }
    if !isLess { x += y }
    let first = UInt64(1) << UInt64(p - 1)
    return x >= first && x < first << 1 ? x : nil
  }

  /// Quotients closest to ties and to representable numbers, on either side, in the normal range
  /// and at every number of bits that subnormal results have.
  var hardestQuotients: CoverageFamily {
    let (format, p) = (self.format, self.p)
    let distances = [1, -1, 2, -2, 3, -3, 4, -4]
    return CoverageFamily(
      radices: [CoverageModel.patternCount, distances.count, 2, p + 3, 4]
    ) { [self] point, random in
      let bits = point[3] < p ? point[3] + 1 : p
      let (x, y) = hardestPair(
        { significand(point[0], &$0) | 1 }, distances[point[1]], isLess: point[2] == 1, bits: bits,
        &random)
      let drop = x < y ? 1 : 0
      let leading: Int =
        switch point[3] {
        case ..<p: format.minUlpExponent + bits - 1
        case p: format.minExponent
        case p + 1: format.maxExponent
        default: random.within(format.minExponent...format.maxExponent)
        }
      return placed(x, y, leading: leading + drop, signs: point[4], &random)
    }
  }

  /// A divisor that `divisor` makes and its hardest dividend; where none of 16 divisors has one,
  /// the last of them and a random dividend.
  private func hardestPair(
    _ divisor: (inout CounterRandom) -> UInt64, _ distance: Int, isLess: Bool, bits: Int,
    _ random: inout CounterRandom
  ) -> (x: UInt64, y: UInt64) {
    var y: UInt64 = 1
    for attempt in 0..<16 {
      y = divisor(&random)
      // A pattern that leaves nothing to chance is tried once, then its middle bits vary.
      if attempt > 0 { y ^= (random.next() & ((1 << UInt64(p - 1)) - 1) & ~1) >> UInt64(p / 2) }
      y |= 1
      if let x = hardestDividend(y, distance: distance, isLess: isLess, bits: bits) {
        return (x, y)
      }
    }
    return (significand(CoverageModel.patternCount - 1, &random), y)
  }

  /// x and y as operands with their leading exponents apart by `leading`.
  private func placed(
    _ x: UInt64, _ y: UInt64, leading: Int, signs: Int, _ random: inout CounterRandom
  ) -> Operands {
    let range = format.minExponent...format.maxExponent
    let low = max(range.lowerBound, range.lowerBound - leading)
    let high = min(range.upperBound, range.upperBound - leading)
    let second =
      low <= high
      ? random.within(low...high) : min(max(-leading, range.lowerBound), range.upperBound)
    return (
      encoding(signs & 1 == 1, x, leading: second + leading),
      encoding(signs & 2 == 2, y, leading: second), 0
    )
  }

  /// The number of leading fraction bits of which every pattern occurs.
  private var leadingBits: Int { min(12, p - 1) }

  /// A significand with the given leading fraction bits, and below them zeros, ones or random bits.
  private func significand(
    leading pattern: Int, tail: Int, _ random: inout CounterRandom
  ) -> UInt64 {
    let rest = UInt64(p - 1 - leadingBits)
    let ones = (UInt64(1) << rest) - 1
    let low = tail == 0 ? 0 : tail == 1 ? ones : random.next() & ones
    return (1 << UInt64(leadingBits) | UInt64(pattern)) << rest | low
  }

  /// Every pattern of the divisor's leading 12 fraction bits with the ends of the dividends (1, its
  /// neighbour, 3/2, the two largest, random) and with its four hardest dividends.
  var divisorPatterns: CoverageFamily {
    let p = self.p
    let hidden = UInt64(1) << UInt64(p - 1)
    let ends = [
      hidden, hidden | 1, hidden | hidden >> 1, 2 * hidden - 1, (2 * hidden - 2) | hidden,
    ]
    let hardest = [1, -1, 2, -2]
    return CoverageFamily(radices: [1 << leadingBits, ends.count + 1 + hardest.count, 3]) {
      [self] point, random in
      var y = significand(leading: point[0], tail: point[2], &random)
      let x: UInt64
      switch point[1] {
      case ..<ends.count: x = ends[point[1]]
      case ends.count: x = significand(CoverageModel.patternCount - 1, &random)
      default:
        y |= 1
        let d = hardest[point[1] - ends.count - 1]
        x =
          hardestDividend(y, distance: d, isLess: true, bits: p)
          ?? hardestDividend(y, distance: d, isLess: false, bits: p)
          ?? significand(CoverageModel.patternCount - 1, &random)
      }
      return placed(x, y, leading: random.within(-1...1), signs: random.below(4), &random)
    }
  }

  /// Every pattern of the leading 12 fraction bits of an operand of sqrt, exponents of both
  /// parities.
  var radicandPatterns: CoverageFamily {
    CoverageFamily(radices: [1 << leadingBits, 3, 2]) { [self] point, random in
      let m = significand(leading: point[0], tail: point[1], &random)
      return (encoding(false, m, leading: point[2]), 0, 0)
    }
  }

  /// Every pattern of the leading 12 fraction bits of a factor, the other and the addend random.
  var factorPatterns: CoverageFamily {
    CoverageFamily(radices: [1 << leadingBits, 3, 2]) { [self] point, random in
      let x = significand(leading: point[0], tail: point[1], &random)
      let y = significand(random.below(CoverageModel.patternCount), &random)
      let z = significand(random.below(CoverageModel.patternCount), &random)
      let (first, second) = point[2] == 0 ? (x, y) : (y, x)
      return (
        encoding(random.bool(), first, leading: 0), encoding(random.bool(), second, leading: 0),
        encoding(random.bool(), z, leading: random.within(-p...p))
      )
    }
  }

  /// Cancellations that leave the last bits of the product alone: x y = c 2^p + d with |d| from 1
  /// to 4 or a power of two, so that all but the bits of d cancel.
  var fmaDeepCancellation: CoverageFamily {
    let (anchors, format, p) = (self.anchors, self.format, self.p)
    let fixed = [1, 2, 3, 4]
    return CoverageFamily(
      radices: [fixed.count + max(p - 3, 0), 2, anchors.count, CoverageModel.patternCount, 4]
    ) { [self] point, random in
      let magnitude = point[0] < fixed.count ? fixed[point[0]] : 1 << (point[0] - fixed.count + 3)
      let d = UInt64(bitPattern: Int64(point[1] == 0 ? magnitude : -magnitude))
      let modulus = UInt64(1) << UInt64(p)
      var (x, y): (UInt64, UInt64) = (1, 0)
      for attempt in 0..<16 where y < modulus >> 1 {
        x = significand(attempt == 0 ? point[3] : CoverageModel.patternCount - 1, &random) | 1
        y = (d &* CoverageModel.inverse(x)) & (modulus - 1)
      }
      y |= modulus >> 1
      let leading = max(anchors[point[2]], format.minUlpExponent + p)
      let first = random.within(-2...2)
      let a = encoding(point[4] & 1 == 1, x, leading: first + leading / 2)
      let b = encoding(point[4] & 2 == 2, y, leading: leading - leading / 2 - first)
      let (left, right) = (
        FiniteValue(encoding: a, format: format), FiniteValue(encoding: b, format: format)
      )
      let kept = (left.significand &* right.significand &- d) >> UInt64(p)
      let c = FiniteValue(
        negative: left.negative == right.negative, kept,
        exponent: left.exponent + right.exponent + p)
      return (a, b, c.encoding(format))
    }
  }

  /// Products that end in every pattern of discarded bits below addends up to p + 2 binades above:
  /// the product's last bits decide the rounding of the sum from far below.
  var fmaLargeAddends: CoverageFamily {
    let (anchors, p) = (self.anchors, self.p)
    let events = CoverageModel.discardedFixed + max(p - 1, 1)
    return CoverageFamily(radices: [events, anchors.count, p + 2, 8]) { [self] point, random in
      let (x, y) = CoverageModel.factors(point[0], precision: p, &random)
      let leading = anchors[point[1]]
      let z = significand(random.below(CoverageModel.patternCount), &random)
      let below = leading - point[2] - 1
      let first = random.within(-1...1)
      return (
        encoding(point[3] & 1 == 1, x, leading: first + below / 2),
        encoding(point[3] & 2 == 2, y, leading: below - below / 2 - first),
        encoding(point[3] & 4 == 4, z, leading: leading)
      )
    }
  }
}
