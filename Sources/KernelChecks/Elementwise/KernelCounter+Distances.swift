// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// Judging results of one operand by their distances from values in FP64, MPFR being asked where
/// those do not tell.
extension KernelCounter {
  /// Judges results whose distances from the exact values are known; their largest error.
  ///
  /// - Parameter values: The exact values from the first place of `part` on.
  func judge(
    _ places: Range<Int>, of part: Range<Int>, _ values: UnsafePointer<Double>,
    _ candidates: inout ErrorCandidates, into sum: inout KernelCount
  ) -> Double {
    let knowsSides = reference.knowsSides
    let surelyNearest = knowsSides ? 0.5 : 0.5 - ElementaryReference.tolerance
    // Where nearly all is wrong, nearly all takes this way.
    let others = tolerance == nil ? self.others(of: part, from: places, candidates, sum) : nil
    var nearest = 0
    var far = FarResults()
    var largest = 0.0
    var found: [ErrorCandidates.Candidate] = []
    for i in places {
      let distance = memory.distances[i]
      if distance < surelyNearest {
        nearest += 1
        if distance > largest { largest = distance }
      } else if let others, others.contain(distance, values[i]) {
        if distance > largest { largest = distance }
        far.add(others.results[i], distance, values[i])
      } else if let candidate = candidate(
        part.lowerBound + i, distance, values[i], knowsSides: knowsSides)
      {
        largest = max(largest, distance)
        found.append(candidate)
      } else {
        let ulps = judge(part.lowerBound + i, into: &sum)
        // An infinity may be right where the distance from the exact value has no size.
        largest = max(largest, distance < .infinity ? distance : ulps)
      }
    }
    sum.add(far)
    sum.addNearest(nearest)
    add(judgingFarthest(found, into: &sum), &candidates, into: &sum) {
      values[$0 - part.lowerBound]
    }
    return largest
  }

  /// The results of a range of places that are far from the exact values and none of the largest
  /// errors.
  private struct Others {
    let results: UnsafePointer<Float>
    /// Distances from here on may be among the largest.
    let least: Double
    /// Whether an error without size is one of many, and its operand none of the least.
    let containWithoutSize: Bool

    @inline(__always)
    func contain(_ distance: Double, _ value: Double) -> Bool {
      guard distance > FarResults.least, !KernelCounter.isDoubtful(value) else { return false }
      return distance < .infinity ? distance < least : containWithoutSize
    }
  }

  private func others(
    of part: Range<Int>, from places: Range<Int>, _ candidates: ErrorCandidates, _ sum: KernelCount
  ) -> Others {
    let first = campaign.setting.element.load(memory.inputs[0], part.lowerBound + places.lowerBound)
    return Others(
      results: (memory.results + 4 * part.lowerBound).assumingMemoryBound(to: Float.self),
      least: max(ErrorCandidates.leastPossible(sum.leastKept), candidates.leastIncluded),
      containWithoutSize: sum.keepsNone(withoutSizeFrom: first))
  }

  /// Judges those that may be the farthest outside the tolerance; the others.
  private func judgingFarthest(
    _ found: [ErrorCandidates.Candidate], into sum: inout KernelCount
  ) -> [ErrorCandidates.Candidate] {
    guard let outside = sum.outside else { return found }
    let least = outside.largestExcess * (1 - ErrorCandidates.relativeMargin(1))
    let farthest = Set(
      found.filter { $0.isOutside && $0.excess >= least && $0.excess < .infinity }
        .sorted { ($1.excess, $0.place) < ($0.excess, $1.place) }
        .prefix(Self.mostFarthest).map(\.place))
    for place in farthest.sorted() { _ = judge(place, into: &sum) }
    return found.filter { !farthest.contains($0.place) }
  }

  /// The most results of neighbouring operands that are looked at for the farthest outside.
  private static let mostFarthest = 4

  /// Adds results that are not the nearest number, but for candidates of the largest errors.
  private func add(
    _ found: [ErrorCandidates.Candidate], _ candidates: inout ErrorCandidates,
    into sum: inout KernelCount, value: (_ place: Int) -> Double
  ) {
    let leastKept = ErrorCandidates.leastPossible(sum.leastKept)
    var neighbours: [ErrorCandidates.Candidate] = []
    for candidate in found {
      if candidate.distance == .infinity {
        addWithoutSize(candidate, value(candidate.place), into: &sum)
      } else if candidate.distance < leastKept || !candidates.includes(candidate.distance) {
        sum.addMisrounded(candidate.distance, isOutside: candidate.isOutside)
      } else {
        neighbours.append(candidate)
      }
    }
    for dropped in candidates.add(neighbours) {
      sum.addMisrounded(dropped.distance, isOutside: dropped.isOutside)
    }
  }

  /// What is certain of a result that is not the nearest number; nil where the exact value has to tell.
  private func candidate(
    _ place: Int, _ distance: Double, _ value: Double, knowsSides: Bool
  ) -> ErrorCandidates.Candidate? {
    guard !Self.isDoubtful(value), Self.isInsideBin(distance, knowsSides: knowsSides) else {
      return nil
    }
    guard let tolerance, distance >= tolerance.certain - ElementaryReference.tolerance else {
      return .init(place: place, distance: distance, excess: 0)
    }
    let y = campaign.format.number(campaign.setting.element.load(memory.results, place))
    if y.isNaN || value.isNaN || y.isInfinite != value.isInfinite {
      return .init(place: place, distance: distance, excess: .infinity)
    }
    let excess = tolerance.excess(of: y, value)
    guard (excess - 1).magnitude > ErrorCandidates.relativeMargin(distance) else { return nil }
    return .init(place: place, distance: distance, excess: excess)
  }

  /// Adds a result with a NaN, an infinity or a sign that is wrong, whose error has no size.
  private func addWithoutSize(
    _ candidate: ErrorCandidates.Candidate, _ value: Double, into sum: inout KernelCount
  ) {
    let element = campaign.setting.element
    let result = element.load(memory.results, candidate.place)
    let y = campaign.format.number(result)
    sum.addWithoutSize(
      isWrongSpecial: y.isNaN != value.isNaN || y.isInfinite != value.isInfinite,
      isWrongSign: !y.isNaN && !value.isNaN && y.sign != value.sign,
      isOutside: candidate.isOutside, operand: element.load(memory.inputs[0], candidate.place),
      result: result)
  }

  /// Whether the nearest number may be an infinity, which only the exact value tells.
  @inline(__always)
  private static func isDoubtful(_ value: Double) -> Bool {
    value.magnitude >= 0x1p127 && value.magnitude < .infinity
  }

  /// Whether an error that is known as nearly as the reference's blocks are has a bin for certain.
  ///
  /// - Parameter knowsSides: Whether it is on the exact one's side of every multiple of one half that
  ///   it is not itself.
  private static func isInsideBin(_ distance: Double, knowsSides: Bool) -> Bool {
    let tolerance = ElementaryReference.tolerance
    return ErrorHistogram.ends.allSatisfy { end in
      (distance - end).magnitude > tolerance
        || knowsSides && distance != end && (2 * end).rounded() == 2 * end
    }
  }
}
