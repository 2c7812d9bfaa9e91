// SPDX-License-Identifier: Apache-2.0
import MPFROracle
import Randomness
import Testing

@testable import KernelChecks

@Suite("Candidates of the largest errors")
struct ErrorCandidateTests {
  private static let count = 5000
  private static func random(_ i: Int) -> Double {
    Double(RandomWords.word(seed: 4, index: UInt64(i))) * 0x1p-32
  }

  /// The places that are looked at in the end, and the number of all others.
  private func ended(_ error: (Int) -> Double, neighbours: Int) -> (places: [Int], others: Int) {
    var candidates = ErrorCandidates()
    var others = 0
    for start in stride(from: 0, to: Self.count, by: neighbours) {
      let all = (start..<start + neighbours).map {
        ErrorCandidates.Candidate(place: $0, distance: error($0), excess: 0)
      }
      let included = all.filter { candidates.includes($0.distance) }
      others += all.count - included.count + candidates.add(included).count
    }
    let ended = candidates.ended()
    return (ended.possible.map(\.place).sorted(), others + ended.others.count)
  }

  @Test("Every error that may be among the largest is looked at, unless hundreds may be")
  func kept() {
    let errors: [(name: String, of: (Int) -> Double)] = [
      ("at random", Self.random), ("growing", { 0.5 + Double($0) * 0x1p-13 }),
      ("falling", { 9 - Double($0) * 0x1p-13 }), ("equal", { _ in 0.75 }),
      ("within the tolerance", { 0.75 + Self.random($0) * ElementaryReference.tolerance }),
      ("large", { 0x1p40 + Self.random($0) * 0x1p20 }),
    ]
    for (name, error) in errors {
      let ranked = (0..<Self.count).sorted { (error($1), $0) < (error($0), $1) }
      let least = error(ranked[KernelCount.mostKept - 1]) - 2 * ElementaryReference.tolerance
      let expected = ranked.filter { error($0) >= least }.prefix(256).sorted()
      for neighbours in [1, 8, 50] {
        let ended = ended(error, neighbours: neighbours)
        #expect(ended.places == expected, "\(name) \(neighbours)")
        #expect(ended.places.count + ended.others == Self.count, "\(name) \(neighbours)")
      }
    }
  }

  @Test("Of neighbours that differ by less than the tolerance the largest and first are looked at")
  func neighbours() {
    let equal = ended({ _ in 1 }, neighbours: 1000)
    #expect(equal.places.prefix(64) == ArraySlice(0..<64) && equal.places.contains(1000))
    let growing = ended({ 1 + Double($0) * 0x1p-40 }, neighbours: Self.count)
    #expect(growing.places == Array(Self.count - 64..<Self.count))
  }
}
