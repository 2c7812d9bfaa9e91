// SPDX-License-Identifier: Apache-2.0
import Formats

extension PolicyRun {
  /// Whether the records could be those of so many steps: none of later ones, in order, no more than are
  /// kept. A run that goes on from a file asks before it adds to them.
  public func isConsistent(after count: Int) -> Bool {
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
      && [lastSkipped, firstNonFinite].allSatisfy { $0.map((1...count).contains) ?? true }
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
        let rest = point.taken
        return [
          rest.elements, rest.nonzero, rest.zeroed, rest.subnormal, rest.overflow, rest.nan,
        ].allSatisfy { $0 >= 0 }
      }
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
