// SPDX-License-Identifier: Apache-2.0
import Formats

extension CoverageModel {
  /// The discarded bits of a p-bit rounding that decide it, as a number below 2^width: zero, the
  /// lowest, around the middle, all ones, one sticky bit at each position, random.
  static func discarded(_ event: Int, width: Int, _ random: inout CounterRandom) -> UInt64 {
    let half = width > 0 ? UInt64(1) << UInt64(width - 1) : 0
    let ones = width > 0 ? half | (half - 1) : 0
    switch event {
    case 0: return 0
    case 1: return half
    case 2: return (half &- 1) & ones
    case 3: return (half + 1) & ones
    case 4: return ones
    case 5: return random.next() & ones
    default: return (1 << UInt64(event - discardedFixed)) & ones
    }
  }

  /// The number of the events of `discarded` that are not a single sticky bit.
  static let discardedFixed = 6

  /// The inverse of an odd number modulo 2^64 by Newton's iteration.
  static func inverse(_ odd: UInt64) -> UInt64 {
    var x = odd &* 3 ^ 2  // right in five bits (Montgomery); each step doubles them
    for _ in 0..<4 { x = x &* (2 &- odd &* x) }
    return x
  }

  /// Two p-bit significands whose product ends in the p - 1 bits that an event asks for.
  static func factors(
    _ event: Int, precision p: Int, _ random: inout CounterRandom
  ) -> (UInt64, UInt64) {
    let hidden = UInt64(1) << UInt64(p - 1)
    let x = hidden | (random.next() & (hidden - 1)) | 1
    let tail = discarded(event, width: p - 1, &random)
    return (x, hidden | (tail &* inverse(x)) & (hidden - 1))
  }

  /// Products that end in each pattern of guard, round and sticky bits, at every anchor: the result
  /// is a tie, next to a tie, exact but for one bit at each position.
  var productBits: CoverageFamily {
    let (anchors, model, format, p) = (self.anchors, self, self.format, self.p)
    let events = CoverageModel.discardedFixed + max(p - 1, 1)
    return CoverageFamily(radices: [events, anchors.count, 4, 8]) { point, random in
      let (x, y) = CoverageModel.factors(point[0], precision: p, &random)
      let leading = anchors[point[1]]
      let first = random.within(format.minExponent...format.maxExponent)
      let a = model.encoding(point[2] & 1 == 1, x, leading: first)
      let b = model.encoding(point[2] & 2 == 2, y, leading: leading - first)
      return (a, b, 0)
    }
  }

  /// Products within three encodings of each target.
  var productTargets: CoverageFamily {
    let (targets, format, p) = (self.targets, self.format, self.p)
    return CoverageFamily(radices: [targets.count, 7, 4, CoverageModel.patternCount, 2]) {
      [self] point, random in
      let target = FiniteValue(encoding: targets[point[0]], format: format)
      let x = FiniteValue(
        negative: point[2] & 1 == 1, significand(point[3], &random),
        exponent: random.within(-4...4) + (point[4] == 0 ? 0 : target.leadingExponent / 2) - p + 1)
      let quotient = (target.significand << 36) / x.significand
      let b = FiniteValue(
        negative: point[2] & 2 == 2, quotient, exponent: target.exponent - 36 - x.exponent)
      return (x.encoding(format), format.stepped(b.encoding(format), by: point[1] - 3), 0)
    }
  }

  /// Quotients next to ties and next to representable numbers: a is the truncated product of b and
  /// a significand of p or p + 1 bits, and its neighbours.
  var quotientTies: CoverageFamily {
    let (anchors, format, p) = (self.anchors, self.format, self.p)
    return CoverageFamily(radices: [anchors.count, 5, 4, CoverageModel.patternCount, 3, 4]) {
      [self] point, random in
      let y = significand(point[3], &random)
      let q = significand(CoverageModel.patternCount - 1, &random)
      let quotient = point[4] == 0 ? q << 1 : point[4] == 1 ? q << 1 | 1 : (q >> 2) << 2
      let leading = anchors[point[0]]
      let first = random.within(format.minExponent...format.maxExponent)
      let a = FiniteValue(
        negative: point[2] & 1 == 1, y * quotient, exponent: first + leading - 2 * p + 1)
      let b = encoding(point[2] & 2 == 2, y, leading: first)
      return (format.stepped(a.encoding(format), by: point[1] - 2), b, 0)
    }
  }

  /// Quotients within three encodings of each target.
  var quotientTargets: CoverageFamily {
    let (targets, format, p) = (self.targets, self.format, self.p)
    return CoverageFamily(radices: [targets.count, 7, 4, CoverageModel.patternCount, 4]) {
      [self] point, random in
      let target = FiniteValue(encoding: targets[point[0]], format: format)
      let y = FiniteValue(
        negative: point[2] & 1 == 1, significand(point[3], &random),
        exponent: random.within(-p...p) - p + 1)
      let a = FiniteValue(
        negative: point[2] & 2 == 2, target.significand * y.significand,
        exponent: target.exponent + y.exponent)
      return (format.stepped(a.encoding(format), by: point[1] - 3), y.encoding(format), 0)
    }
  }

  /// Products and quotients next to midpoints of the subnormal range, where arithmetic that rounds
  /// to p bits or in a wider format first rounds twice.
  func subnormalTies(ofQuotient: Bool) -> CoverageFamily {
    let (format, p) = (self.format, self.p)
    return CoverageFamily(radices: [p, 3, 4, 16]) { [self] point, random in
      let odd = ((random.next() >> 1) >> UInt64(63 - point[0])) << 1 | 1
      let y = significand(CoverageModel.patternCount - 1, &random)
      let place = random.within(-p...p) - p + 1
      let tie = format.minUlpExponent - 1
      let x =
        ofQuotient
        ? FiniteValue(odd * y, exponent: tie + place)
        : FiniteValue((odd << 37) / y, exponent: tie - 37 - place)
      let a = format.stepped(x.encoding(format), by: point[1] - 1)
      let b = FiniteValue(negative: point[2] & 2 == 2, y, exponent: place).encoding(format)
      return (a ^ (point[2] & 1 == 1 ? UInt64(format.signMask) : 0), b, 0)
    }
  }

  /// Operands of sqrt next to the squares of numbers of p bits and of ties of p + 1 bits.
  var rootTies: CoverageFamily {
    let (format, p) = (self.format, self.p)
    let range = format.exponentRange
    return CoverageFamily(radices: [range.count, 5, CoverageModel.patternCount, 2, 4]) {
      [self] point, random in
      let q = significand(point[2], &random) << 1 | UInt64(point[3])
      let square = q * q
      let leading = range.lowerBound + point[0]
      let width = 63 - square.leadingZeroBitCount
      // An odd change of the exponent would make the root irrational.
      let exponent = (leading - width) & ~1
      let a = FiniteValue(square, exponent: exponent).encoding(format)
      return (format.stepped(a, by: point[1] - 2), 0, UInt64(p))
    }
  }

  /// Remainders next to a half of the divisor: a = (n + 1/2) b, truncated, and its neighbours, at
  /// every distance of the exponents up to 3 p and some far ones.
  var remainderTies: CoverageFamily {
    let (anchors, format, p) = (self.anchors, self.format, self.p)
    return CoverageFamily(radices: [3 * p, anchors.count, 5, 4, 3]) { [self] point, random in
      let y = significand(CoverageModel.patternCount - 1, &random)
      let n = (random.next() >> UInt64(64 - max(1, min(point[0], p)))) << 1 | 1
      let leading = anchors[point[1]]
      let far = point[4] == 0 ? random.below(format.exponentRange.count) : 0
      let b = FiniteValue(negative: point[3] & 1 == 1, y, exponent: leading - p + 1)
      let a = FiniteValue(
        negative: point[3] & 2 == 2, y * n,
        exponent: b.exponent - 1 + max(0, point[0] - p) + far)
      return (format.stepped(a.encoding(format), by: point[2] - 2), b.encoding(format), 0)
    }
  }
}
