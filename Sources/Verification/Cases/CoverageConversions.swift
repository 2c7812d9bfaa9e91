// SPDX-License-Identifier: Apache-2.0
import Formats

extension CoverageModel {
  /// Numbers of the source format whose bits below the destination's precision are each pattern of
  /// guard, round and sticky bits, in every binade of the destination and three beyond its ends.
  func conversionBits(_ source: Format, _ destination: Format) -> CoverageFamily {
    let range = destination.exponentRange
    let events = CoverageModel.discardedFixed + source.precision
    return CoverageFamily(radices: [range.count + 6, events, 2, 4, 2]) { point, random in
      let leading = range.lowerBound - 3 + point[0]
      let kept = max(
        1, min(destination.precision, leading - destination.minUlpExponent + 1, source.precision))
      let top = UInt64(1) << UInt64(kept - 1)
      let fraction = point[3] == 0 ? top - 1 : random.next()
      let width = source.precision - kept
      let tail = CoverageModel.discarded(point[1], width: width, &random)
      let significand = (top | fraction & (top - 1)) << UInt64(width) | tail
      let value = FiniteValue(
        negative: point[2] == 1, significand, exponent: leading - source.precision + 1)
      return (value.encoding(source), 0, 0)
    }
  }

  /// Numbers within three encodings of the destination's ends and of the source's.
  var conversionTargets: CoverageFamily {
    let (source, destination) = (format, to)
    let ends = [
      destination.hasZero ? 1 : 0, UInt64(destination.smallestNormal),
      UInt64(destination.largestFinite),
    ]
    let values = ends.map { FiniteValue(encoding: $0, format: destination) }
    // Half an ulp above the largest number is where nearest roundings overflow.
    let last = values[2]
    let threshold = FiniteValue(2 * last.significand + 1, exponent: last.exponent - 1)
    let half = FiniteValue(values[0].significand, exponent: values[0].exponent - 1)
    let near = (values + [threshold, half]).map { $0.encoding(source) }
    let all = near + targets + source.specialMagnitudes
    return CoverageFamily(radices: [all.count, 7, 2]) { point, _ in
      let sign = point[2] == 1 ? UInt64(source.signMask) : 0
      return (sign | source.stepped(all[point[0]], by: point[1] - 3), 0, 0)
    }
  }

  /// Numbers around the integers of each width: the fraction below the unit is each pattern of
  /// guard, round and sticky bits; the largest integers and their neighbours in the format.
  func integerParts(width: Int) -> CoverageFamily {
    let (format, p) = (self.format, self.p)
    let events = CoverageModel.discardedFixed + p
    return CoverageFamily(radices: [width + 6, events, 2, 3]) { point, random in
      let leading = point[0] - 3
      let discardedWidth = min(max(p - 1 - leading, 0), p - 1)
      let top = UInt64(1) << UInt64(p - 1 - discardedWidth)
      let integer = top | (point[2] == 0 ? random.next() : UInt64.max) & (top - 1)
      let tail = CoverageModel.discarded(point[1], width: discardedWidth, &random)
      let value = FiniteValue(
        negative: random.bool(), integer << UInt64(discardedWidth) | tail,
        exponent: leading - p + 1
      ).encoding(format)
      return (point[2] == 1 ? format.stepped(value, by: random.within(-3...3)) : value, 0, 0)
    }
  }

  /// Integers of every length whose bits below the format's precision are each pattern of guard,
  /// round and sticky bits, of both signs.
  func integerBits(width: Int) -> CoverageFamily {
    let mask = width == 64 ? UInt64.max : (UInt64(1) << UInt64(width)) - 1
    let p = to.precision
    let events = CoverageModel.discardedFixed + width
    return CoverageFamily(radices: [width, events, 2, 4]) { point, random in
      let length = point[0] + 1
      let discardedWidth = max(length - p, 0)
      let top = UInt64(1) << UInt64(length - discardedWidth - 1)
      let kept = top | (point[3] == 0 ? UInt64.max : random.next()) & (top - 1)
      let tail = CoverageModel.discarded(point[1], width: discardedWidth, &random)
      let magnitude = kept << UInt64(discardedWidth) | tail
      return ((point[2] == 1 ? 0 &- magnitude : magnitude) & mask, 0, 0)
    }
  }

  /// Numbers scaled to within three binades of every end of the range, and by the ends of Int32.
  var scaleTargets: CoverageFamily {
    let (format, range) = (self.format, self.format.exponentRange)
    let near = p + 6
    return CoverageFamily(radices: [2 * near, CoverageModel.patternCount, 2, 8]) {
      [self] point, random in
      let from = random.within(range)
      let goal =
        point[0] < near
        ? range.lowerBound - 3 + point[0] : range.upperBound + 3 - (point[0] - near)
      let x = encoding(point[2] == 1, significand(point[1], &random), leading: from)
      let ends = [Int32.min, Int32.min + 1, Int32.max, Int32.max - 1]
      let n = point[3] == 0 ? ends[random.below(4)] : Int32(goal - from)
      return (x & (UInt64(format.encodingCount) - 1), UInt64(UInt32(bitPattern: n)), 0)
    }
  }

  /// Pairs of encodings at most one apart, of equal and of opposite signs, anywhere in the format.
  var neighbours: CoverageFamily {
    let format = self.format
    let fields = 1 << format.exponentBits
    return CoverageFamily(radices: [fields, 3, 4, 8]) { point, random in
      let fraction = random.next() & UInt64(format.fractionMask)
      let edge = point[3] == 0 ? 0 : point[3] == 1 ? UInt64(format.fractionMask) : fraction
      let magnitude = UInt64(point[0]) << UInt64(format.fractionBits) | edge
      let sign = UInt64(format.signMask)
      let other = format.stepped(magnitude, by: point[1] - 1)
      return (
        magnitude | (point[2] & 1 == 1 ? sign : 0), other | (point[2] & 2 == 2 ? sign : 0), 0
      )
    }
  }

  /// Numbers of every binade with every pattern.
  var everyBinade: CoverageFamily {
    let (format, patterns) = (self.format, CoverageModel.patternCount)
    let range = format.exponentRange
    return CoverageFamily(radices: [range.count, patterns, 2]) { [self] point, random in
      let x = significand(point[1], &random)
      return (encoding(point[2] == 1, x, leading: range.lowerBound + point[0]), 0, 0)
    }
  }
}
