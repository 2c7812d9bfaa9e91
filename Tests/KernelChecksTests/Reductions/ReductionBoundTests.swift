// SPDX-License-Identifier: Apache-2.0
import Formats
import Testing

@testable import KernelChecks

@Suite("Bounds of reductions")
struct ReductionBoundTests {
  private func bound(_ order: ReductionOrder, _ terms: Int, _ u: Double = 0x1p-24, sums: Int = 1)
    -> Double?
  {
    ReductionBound(order, terms: terms, unitRoundoff: u, sums: sums).limit
  }

  @Test("The most roundings of a term are n, log2 n + 1 and b + n/b")
  func depths() {
    for (order, terms, depth) in [
      (.sequential, 64, 64), (.sequential, 1, 1), (.pairwise, 64, 7), (.pairwise, 65, 8),
      (.pairwise, 1, 1), (.pairwise, 2, 2), (.blocked(16), 256, 32), (.blocked(16), 257, 33),
      (.blocked(0), 8, 9), (.blocked(.max), 8, 9), (.sequential, 0, 0),
    ] as [(ReductionOrder, Int, Int)] {
      let bound = ReductionBound(order, terms: terms, unitRoundoff: 0x1p-24)
      #expect(bound.depth == depth, "\(order) \(terms)")
    }
  }

  @Test("gamma is n u / (1 - n u) from above; void from n u = 1: BF16 at 256, FP16 at 2048")
  func gamma() throws {
    let limit = try #require(bound(.sequential, 1024))
    #expect(limit >= 1024 / (1 - 0x1p-14) && limit < 1024.0626)
    #expect(bound(.sequential, 255, 0x1p-8) != nil && bound(.sequential, 256, 0x1p-8) == nil)
    #expect(bound(.sequential, 2047, 0x1p-11) != nil && bound(.sequential, 2048, 0x1p-11) == nil)
    #expect(bound(.pairwise, 1 << 20, 0x1p-8) != nil)
    #expect(
      ReductionBound(.sequential, terms: 256, unitRoundoff: 0x1p-8).text == "gamma_256: bound void")
  }

  @Test("With random errors it is λ √n u: of a tenth of 1e6 terms' gamma, growing with the sums")
  func probabilistic() throws {
    // λ = √(2 ln 40) = 2.7162...
    let limit = try #require(bound(.probabilistic(failure: 0.05), 1_000_000))
    #expect(limit > 2716.2 && limit < 2717)
    let shared = try #require(bound(.probabilistic(failure: 0.05), 1_000_000, sums: 4096))
    #expect(shared > limit * 1.7 && shared < limit * 1.9)
    for failure in [0, 1, -1, .nan] as [Double] {
      #expect(bound(.probabilistic(failure: failure), 10) == nil)
    }
    #expect(bound(.probabilistic(failure: 0.01), 256, 0x1p-8) == nil)
  }
}
