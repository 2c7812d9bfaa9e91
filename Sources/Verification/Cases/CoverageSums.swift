// SPDX-License-Identifier: Apache-2.0
import Formats

extension CoverageModel {
  /// Every alignment shift -(p+4)...p+4 at every anchor, with every pair of patterns and signs.
  var alignment: CoverageFamily {
    let (reach, anchors, model) = (p + 4, self.anchors, self)
    let patterns = CoverageModel.patternCount
    return CoverageFamily(radices: [2 * reach + 1, anchors.count, patterns, patterns, 4]) {
      point, random in
      let shift = point[0] - reach
      let leading = anchors[point[1]]
      let x = model.significand(point[2], &random)
      let y = model.significand(point[3], &random)
      // The larger exponent sits at the anchor, so both operands stay in range near the top.
      let a = model.encoding(point[4] & 1 == 1, x, leading: leading + min(shift, 0))
      let b = model.encoding(point[4] & 2 == 2, y, leading: leading - max(shift, 0))
      return (a, b, 0)
    }
  }

  /// Cancellation to every depth: b shares k leading bits with a, up to one binade apart.
  var cancellation: CoverageFamily {
    let (anchors, model, p) = (self.anchors, self, self.p)
    return CoverageFamily(radices: [p + 1, anchors.count, 3, CoverageModel.patternCount, 4]) {
      point, random in
      let x = model.significand(point[3], &random)
      let free = UInt64(p - point[0])
      let y = x ^ (random.next() & ((1 << free) - 1)) | 1 << UInt64(p - 1)
      let leading = anchors[point[1]]
      let a = model.encoding(point[4] & 1 == 1, x, leading: leading)
      let b = model.encoding(point[4] & 2 == 2, y, leading: leading + point[2] - 1)
      return (a, b, 0)
    }
  }

  /// Sums and differences within three encodings of each target, from operands up to p binades
  /// apart.
  var sumTargets: CoverageFamily {
    let (targets, format, p) = (self.targets, self.format, self.p)
    return CoverageFamily(radices: [targets.count, 7, 2 * p + 3, 4]) { point, random in
      let target = FiniteValue(encoding: targets[point[0]], format: format)
      let leading = target.leadingExponent - point[2] + p + 1
      let x = random.next() >> UInt64(64 - p) | 1 << UInt64(p - 1)
      let a = FiniteValue(x, exponent: leading - p + 1).encoding(format)
      let rest = CoverageModel.sum(
        target, FiniteValue(encoding: a, format: format), negatingSecond: true)
      let b = format.stepped(rest.encoding(format), by: point[1] - 3)
      let sign = UInt64(format.signMask)
      // Subtraction meets the same targets through the second operand's sign.
      return (a ^ (point[3] & 1 == 1 ? sign : 0), b ^ (point[3] & 2 == 2 ? sign : 0), 0)
    }
  }

  /// x + y or x - y, exact while the exponents are at most 36 apart, else the larger of the two.
  static func sum(_ x: FiniteValue, _ y: FiniteValue, negatingSecond: Bool) -> FiniteValue {
    let yNegative = y.negative != negatingSecond
    guard x.significand != 0 else {
      return FiniteValue(negative: yNegative, y.significand, exponent: y.exponent)
    }
    guard y.significand != 0 else { return x }
    let low = min(x.exponent, y.exponent)
    let shifts = (x.exponent - low, y.exponent - low)
    guard shifts.0 <= x.significand.leadingZeroBitCount - 2,
      shifts.1 <= y.significand.leadingZeroBitCount - 2
    else {
      return x.leadingExponent >= y.leadingExponent
        ? x : FiniteValue(negative: yNegative, y.significand, exponent: y.exponent)
    }
    let (left, right) = (Int64(x.significand << shifts.0), Int64(y.significand << shifts.1))
    let total = (x.negative ? -left : left) + (yNegative ? -right : right)
    return FiniteValue(negative: total < 0, total.magnitude, exponent: low)
  }
}
