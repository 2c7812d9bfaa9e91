// SPDX-License-Identifier: Apache-2.0
import Formats

extension CoverageModel {
  /// A product a b with its leading exponent at an anchor, both factors in range where possible.
  private func product(
    _ x: UInt64, _ y: UInt64, signs: Int, leading: Int, _ random: inout CounterRandom
  ) -> (a: UInt64, b: UInt64) {
    let range = format.minExponent...format.maxExponent
    let low = max(range.lowerBound, leading - range.upperBound)
    let high = min(range.upperBound, leading - range.lowerBound)
    let first = low <= high ? random.within(low...high) : leading / 2
    return (
      encoding(signs & 1 == 1, x, leading: first),
      encoding(signs & 2 == 2, y, leading: leading - first)
    )
  }

  /// Every alignment of the addend with the product, from -(2p+4) to p+4, with every pattern of the
  /// addend and signs.
  var fmaAlignment: CoverageFamily {
    let (anchors, p) = (self.anchors, self.p)
    let patterns = CoverageModel.patternCount
    return CoverageFamily(radices: [3 * p + 9, anchors.count, patterns, patterns, 8]) {
      [self] point, random in
      let shift = point[0] - (2 * p + 4)
      let leading = anchors[point[1]]
      let x = significand(point[2], &random)
      let y = significand(random.below(patterns), &random)
      let (a, b) = product(
        x, y, signs: point[4], leading: leading - max(shift, 0), &random)
      let z = significand(point[3], &random)
      return (a, b, encoding(point[4] & 4 == 4, z, leading: leading + min(shift, 0)))
    }
  }

  /// Products whose discarded bits decide the rounding, with an addend that adds less than, exactly
  /// or more than the lowest product bit: ties are made and broken from either side.
  var fmaTies: CoverageFamily {
    let (anchors, p) = (self.anchors, self.p)
    let events = CoverageModel.discardedFixed + max(p - 1, 1)
    // Far below, the addend is a sticky bit: also below the last bit of FP32 and of FP64, where
    // arithmetic that goes through them loses it.
    let distances = Array(0..<2 * p + 6) + [24, 25, 26, 40, 53, 54, 55, 100].filter { $0 > 2 * p }
    return CoverageFamily(radices: [events, anchors.count, distances.count, 8, 3]) {
      [self] point, random in
      let (x, y) = CoverageModel.factors(point[0], precision: p, &random)
      let leading = anchors[point[1]]
      let (a, b) = product(x, y, signs: point[3], leading: leading, &random)
      let z = significand(point[4] == 0 ? 0 : random.below(CoverageModel.patternCount), &random)
      return (a, b, encoding(point[3] & 4 == 4, z, leading: leading - distances[point[2]]))
    }
  }

  /// Addends that cancel the product to every depth: its truncation, stepped by up to 3 encodings
  /// or with its low bits changed.
  var fmaCancellation: CoverageFamily {
    let (anchors, format, p) = (self.anchors, self.format, self.p)
    return CoverageFamily(radices: [p + 8, anchors.count, CoverageModel.patternCount, 4, 6]) {
      [self] point, random in
      let x = significand(point[2], &random)
      let y = significand(random.below(CoverageModel.patternCount), &random)
      let (a, b) = product(x, y, signs: point[3], leading: anchors[point[1]], &random)
      let (left, right) = (
        FiniteValue(encoding: a, format: format), FiniteValue(encoding: b, format: format)
      )
      let negated = FiniteValue(
        negative: left.negative == right.negative, left.significand * right.significand,
        exponent: left.exponent + right.exponent
      ).encoding(format)
      if point[0] < 7 { return (a, b, format.stepped(negated, by: point[0] - 3)) }
      let free = UInt64(point[0] - 7)
      return (a, b, negated ^ (random.next() & ((1 << free) - 1)))
    }
  }

  /// Sums within three encodings of each target, the product up to p + 1 binades from it.
  var fmaTargets: CoverageFamily {
    let (targets, format, p) = (self.targets, self.format, self.p)
    return CoverageFamily(radices: [targets.count, 7, 2 * p + 3, 4, 4]) { [self] point, random in
      let target = FiniteValue(encoding: targets[point[0]], format: format)
      let x = significand(random.below(CoverageModel.patternCount), &random)
      let y = significand(random.below(CoverageModel.patternCount), &random)
      let (a, b) = product(
        x, y, signs: point[3], leading: target.leadingExponent - point[2] + p + 1, &random)
      let (left, right) = (
        FiniteValue(encoding: a, format: format), FiniteValue(encoding: b, format: format)
      )
      let exact = FiniteValue(
        negative: left.negative != right.negative, left.significand * right.significand,
        exponent: left.exponent + right.exponent)
      let signed = FiniteValue(
        negative: point[4] & 1 == 1, target.significand, exponent: target.exponent)
      let rest = CoverageModel.sum(signed, exact, negatingSecond: true)
      return (a, b, format.stepped(rest.encoding(format), by: point[1] - 3))
    }
  }
}
