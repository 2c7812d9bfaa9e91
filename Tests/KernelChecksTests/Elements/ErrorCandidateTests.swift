// SPDX-License-Identifier: Apache-2.0
import MPFROracle
import Randomness
import Testing

@testable import KernelChecks

@Suite("Candidates of the largest errors")
struct ErrorCandidateTests {
  @Test("Every error that may be among the largest stays, and no other counts as one")
  func kept() {
    let tolerance = ElementaryReference.tolerance
    let random = { (i: Int) in Double(RandomWords.word(seed: 4, index: UInt64(i))) * 0x1p-32 }
    let errors: [(name: String, of: (Int) -> Double)] = [
      ("at random", random), ("growing", { 0.5 + Double($0) * 0x1p-13 }),
      ("falling", { 9 - Double($0) * 0x1p-13 }), ("equal", { _ in 0.75 }),
      ("within the tolerance", { 0.75 + random($0) * tolerance }),
    ]
    for (name, error) in errors {
      var candidates = ErrorCandidates()
      var dropped: [Int] = []
      for place in 0..<5000 {
        let distance = error(place)
        guard candidates.includes(distance) else {
          dropped.append(place)
          continue
        }
        dropped += candidates.add(.init(place: place, distance: distance)).map(\.place)
      }
      let kept = candidates.all.filter { candidates.includes($0.distance) }.map(\.place)
      let least = (0..<5000).map(error).sorted(by: >)[KernelCount.mostKept - 1] - 2 * tolerance
      #expect(kept == (0..<5000).filter { error($0) >= least }, "\(name)")
      #expect(Set(dropped).isDisjoint(with: kept), "\(name)")
      #expect(dropped.count + candidates.all.count == 5000, "\(name)")
    }
  }
}
