// SPDX-License-Identifier: Apache-2.0
import Formats

extension PolicyRun {
  /// Whether the records could be those of so many steps: none of later ones, in order, no more
  /// than are kept. A run that goes on from a file asks before it adds to them.
  package func isConsistent(after count: Int) -> Bool {
    let tensorKeys = Set(tensors.map { [$0.tag.description, $0.mode.rawValue] })
    return summary.isConsistent(after: count)
      && steps.count <= Self.recordLimit + Self.skipLimit
      && steps.lazy.map(\.step).areAscending(upTo: count)
      && tensorKeys.count == tensors.count
      && tensors.allSatisfy { $0.isConsistent(after: count) }
      && [incidents.overflow, incidents.nan, incidents.divergence].allSatisfy {
        $0.map { (1...count).contains($0.step) && $0.originStep ?? 1 <= count } ?? true
      }
  }
}

extension RunSummary {
  fileprivate func isConsistent(after count: Int) -> Bool {
    let ends = min(count, Self.window)
    return self.count == count && skipped <= count
      && (firstNonFinite.map((1...count).contains) ?? true)
      && first.count == ends && last.count == ends && interval.isPowerOfTwo(upTo: count)
  }
}

extension TensorSeries {
  fileprivate func isConsistent(after count: Int) -> Bool {
    points.count <= Self.pointLimit && points.lazy.map(\.step).areAscending(upTo: count)
      && measurementsPerPoint.isPowerOfTwo(upTo: count)
      && (1...measurementsPerPoint).contains(lastMeasurements)
      && exponents.format == (Format(id: format)?.id ?? "fp64")
      && points.allSatisfy { point in
        point.counts.allSatisfy(Self.possibleCounts.contains)
          && point.taken.all.allSatisfy { $0 >= 0 }
      }
  }

  /// What a count may be: any sum of those of all points of a series is still a number.
  private static let possibleCounts = 0...1 << 48
}

extension RangeCounts {
  fileprivate var all: [Int] { [elements, nonzero, zeroed, subnormal, overflow, nan] }
}

extension TensorPoint {
  /// Every count of the point, which its merging adds up.
  fileprivate var counts: [Int] {
    var counts = [deviation.elements, deviation.nonFinite, deviation.nonzero, deviation.zeroed]
    for range in [range, skipped].compactMap(\.self) { counts += range.all }
    if let lost {
      counts += [
        lost.elements, lost.nonzero, lost.nonFinite, lost.lost, lost.gradientZero,
        lost.underflowed,
      ]
    }
    if let decay { counts += [decay.nonzero, decay.stuck] }
    if let weightDecay { counts += [weightDecay.nonzero, weightDecay.stuck] }
    if let origin {
      counts += [origin.nonFinite, origin.bias.signed.count, origin.bias.magnitude.count]
    }
    if let recovery { counts += [recovery.nonzero, recovery.vanishing, recovery.recovered] }
    return counts
  }
}

extension Int {
  fileprivate func isPowerOfTwo(upTo limit: Int) -> Bool {
    self >= 1 && self <= limit && nonzeroBitCount == 1
  }
}

extension Sequence<Int> {
  fileprivate func areAscending(upTo limit: Int) -> Bool {
    var last = 0
    for step in self {
      guard step > last, step <= limit else { return false }
      last = step
    }
    return true
  }
}
