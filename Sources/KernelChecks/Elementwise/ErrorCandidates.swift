// SPDX-License-Identifier: Apache-2.0
import MPFROracle

/// The results of a piece of work that may have the largest errors in it.
///
/// They are known once all have been seen: where errors grow along the operands, nearly every one is
/// the largest for a while, and each exact value takes as long as thousands of distances.
struct ErrorCandidates {
  /// What FP64 tells of a result that is not the nearest number.
  struct Candidate {
    var place: Int
    /// The distance [ulp] from the exact value, known to the margin; infinite where it has no size.
    var distance: Double
    /// The error as a multiple of what the criterion's tolerance allows; 0 where it is inside or there
    /// is none.
    var excess: Double

    var isOutside: Bool { excess > 1 }
  }

  private var candidates: [Candidate] = []
  /// The largest distances, the largest first.
  private var largest: [Double] = []
  /// When those are looked through that are none any more.
  private var limit = 1024

  /// Whether a distance is among the largest so far, for all that is known.
  func includes(_ distance: Double) -> Bool { distance >= leastIncluded }

  /// The least distance that is among the largest so far, for all that is known.
  var leastIncluded: Double {
    guard largest.count == KernelCount.mostKept, let least = largest.last else { return 0 }
    return least - 2 * Self.margin(least)
  }

  /// The least distance for which the exact error may be this one.
  static func leastPossible(_ error: Double) -> Double {
    error < .infinity ? error - margin(error) : error
  }

  /// How far a distance may be from the exact one: the tolerance, and its own rounding.
  private static func margin(_ distance: Double) -> Double {
    ElementaryReference.tolerance + distance * 0x1p-50
  }

  /// How far an excess of this distance may be from the exact one, as a part of it.
  static func relativeMargin(_ distance: Double) -> Double {
    2 * ElementaryReference.tolerance / distance + 0x1p-36
  }

  /// The most results of neighbouring operands that are looked at. Where a function hardly changes or
  /// its kernel is all wrong the errors of thousands differ by less than the tolerance.
  private static let mostNeighbours = 64
  /// The most results of a piece of work that are looked at in the end, for the same reason.
  private static let most = 256

  /// Adds candidates among neighbouring operands, of too many those whose distances are the largest,
  /// of equal ones the first; those that are none any more.
  mutating func add(_ neighbours: [Candidate]) -> [Candidate] {
    guard neighbours.count > Self.mostNeighbours else { return neighbours.flatMap { add($0) } }
    let ranked = Self.ranked(neighbours)
    return ranked.dropFirst(Self.mostNeighbours)
      + ranked.prefix(Self.mostNeighbours).flatMap { add($0) }
  }

  /// Adds a candidate; those that are none any more.
  private mutating func add(_ candidate: Candidate) -> [Candidate] {
    candidates.append(candidate)
    let place = largest.firstIndex { $0 < candidate.distance } ?? largest.count
    if place < KernelCount.mostKept {
      largest.insert(candidate.distance, at: place)
      if largest.count > KernelCount.mostKept { largest.removeLast() }
    }
    guard candidates.count > limit else { return [] }
    let dropped = candidates.filter { !includes($0.distance) }
    candidates = candidates.filter { includes($0.distance) }
    limit = max(limit, 2 * candidates.count)
    return dropped
  }

  /// Those of which the exact values have to tell the largest error, and the others.
  func ended() -> (possible: [Candidate], others: [Candidate]) {
    let ranked = Self.ranked(candidates.filter { includes($0.distance) })
    let others = candidates.filter { !includes($0.distance) }
    return (Array(ranked.prefix(Self.most)), others + ranked.dropFirst(Self.most))
  }

  /// The largest distances first, of equal ones the first place.
  private static func ranked(_ candidates: [Candidate]) -> [Candidate] {
    candidates.sorted { ($1.distance, $0.place) < ($0.distance, $1.place) }
  }
}
