// SPDX-License-Identifier: Apache-2.0
import MPFROracle

/// The results of a piece of work that may have the largest errors in it.
///
/// They are known once all have been seen: where errors grow along the operands, nearly every one is
/// the largest for a while, and each exact value takes as long as thousands of distances.
struct ErrorCandidates {
  /// A result's place, and its distance [ulp] from the exact value, known to the tolerance.
  struct Candidate {
    var place: Int
    var distance: Double
  }

  private var candidates: [Candidate] = []
  /// The largest distances, the largest first.
  private var largest: [Double] = []
  /// When those are looked through that are none any more.
  private var limit = 1024

  /// Whether a distance is among the largest so far, for all that is known.
  func includes(_ distance: Double) -> Bool {
    guard largest.count == KernelCount.mostKept, let least = largest.last else { return true }
    return distance >= least - 2 * ElementaryReference.tolerance
  }

  /// Adds a candidate; those that are none any more.
  mutating func add(_ candidate: Candidate) -> [Candidate] {
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

  /// All that were added and not dropped, in the order of their places.
  var all: [Candidate] { candidates }
}
