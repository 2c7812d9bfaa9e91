// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat
import Testing

@testable import KernelChecks

@Suite("Orders of sums that are found")
struct IdentifiedOrderTests {
  private func identify(_ probe: SumProbe) throws -> SumIdentification {
    try SumIdentification(of: probe)
  }

  /// What is found of FP32 sums in the order of a tree.
  private func found(_ tree: SumTree) throws -> SumIdentification {
    try identify(ProbedKernels.tree(tree, input: .fp32, accumulator: .fp32))
  }

  @Test("Loops as they are written: from the first, from the last, in lanes and in blocks")
  func loops() throws {
    let sum: (ArraySlice<Float>) -> Float = { $0.reduce(0, +) }
    for n in [3, 4, 7, 64, 101] {
      #expect(try identify(ProbedKernels.single(n, sum)).tree == .sequential(n))
      #expect(
        try identify(ProbedKernels.single(n) { $0.reversed().reduce(0, +) }).tree == .reversed(n))
    }
    for lanes in [4, 8, 16] {
      let n = 8 * lanes
      let kernel = ProbedKernels.single(n) { x in
        var sums = [Float](repeating: 0, count: lanes)
        for (i, x) in x.enumerated() { sums[i % lanes] += x }
        return sums.reduce(0, +)
      }
      let found = try identify(kernel)
      let text = "\(lanes) lanes (term i in lane i mod \(lanes)), each sequential"
      #expect(found.pattern?.text.hasPrefix(text) == true, "\(found.pattern?.text ?? "")")
      #expect(found.depth == 8 - 1 + lanes - 1)
      #expect(found.confirmedSums?.isFull == true)
    }
    let blocked = ProbedKernels.single(1024) { x in
      stride(from: x.startIndex, to: x.endIndex, by: 128).reduce(0) { $0 + sum(x[$1..<$1 + 128]) }
    }
    let found = try identify(blocked)
    #expect(
      found.pattern?.text
        == "blocks of 128, each sequential, from the first to the last; the blocks sequential, from "
        + "the first to the last")
  }

  @Test(
    "Named orders of any length are found and named", arguments: [3, 5, 8, 13, 31, 64, 200, 257])
  func named(_ n: Int) throws {
    for tree in [
      SumTree.sequential(n), .reversed(n), .pairwise(n), .pairwiseUp(n), .pairwisePowers(n),
      .neighbours(n), .folded(n), .numPy(n),
    ] {
      let found = try found(tree)
      #expect(found.tree == tree)
      #expect(found.pattern?.isKnown == true)
      #expect(found.confirmedPairs?.isFull == true && found.confirmedSums?.isFull == true)
      #expect(found.unknowns.isEmpty)
    }
  }

  @Test("Lanes are named with the way they are put together, and a rest that follows")
  func lanes() throws {
    for (outer, name) in [
      (SumTree.sequential(8), "sequential, from the first to the last"), (.pairwise(8), "pairwise"),
      (.folded(8), "pairwise, term i with term i + n/2"),
    ] {
      for rest in [0, 3] {
        var nodes = (0..<64 + rest).map { SumTree.Node.term($0) }
        var tops: [Int] = []
        for lane in 0..<8 {
          var sum = lane
          for i in stride(from: lane + 8, to: 64, by: 8) {
            nodes.append(.sum([sum, i]))
            sum = nodes.count - 1
          }
          tops.append(sum)
        }
        var number: [Int] = []
        for node in outer.nodes {
          switch node {
          case .term(let lane): number.append(tops[lane])
          case .sum(let children):
            nodes.append(.sum(children.map { number[$0] }))
            number.append(nodes.count - 1)
          }
        }
        for i in 64..<64 + rest {
          nodes.append(.sum([nodes.count - 1 < 64 + rest ? i : nodes.count - 1, i]))
        }
        let tree = try #require(SumTree(nodes))
        let text = try #require(try found(tree).pattern).text
        #expect(text.contains("8 lanes (term i in lane i mod 8)"), "\(text)")
        #expect(text.contains("the lanes \(name)"), "\(text)")
        #expect(text.contains("then the last 3, one by one") == (rest == 3), "\(text)")
      }
    }
  }

  @Test("Any tree is found exactly, by both algorithms", arguments: 0..<60)
  func random(_ seed: Int) throws {
    let n = 3 + seed
    let tree = try #require(ProbedKernels.randomTree(n, widest: 2, seed: UInt64(seed)))
    let probe = ProbedKernels.tree(tree, input: .fp32, accumulator: .fp32)
    let found = try identify(probe)
    #expect(found.tree == tree)
    #expect(found.depth == tree.depth)
    let session = ProbeSession(probe)
    let range = try ProbeRange.find(session)
    let counter = try ProbeCounter(session, range, widest: 24, narrowest: 24, absorbs: true)
    #expect(try OrderFinder(counter).findFromAllPairs() == tree)
    // Masks of few units give the same.
    let narrow = try ProbeCounter(session, range, widest: 24, narrowest: 4, absorbs: true)
    #expect(narrow.capacity == (n < 4 ? 4 : 8))
    #expect(try OrderFinder(narrow).find().tree == tree)
    #expect(try OrderFinder(narrow).findFromAllPairs() == tree)
  }

  @Test("Any tree of any rounding and of narrow accumulators is found", arguments: 0..<4)
  func roundings(_ seed: Int) throws {
    let n = 20 + 7 * seed
    let tree = try #require(ProbedKernels.randomTree(n, widest: 2, seed: UInt64(100 + seed)))
    for (rounding, expected) in Self.roundings {
      for (input, accumulator) in [
        (Format.fp32, Format.fp32), (.bf16, .bf16), (.bf16, .fp32), (.fp16, .fp16), (.fp16, .fp32),
      ] {
        let found = try identify(
          ProbedKernels.tree(
            tree, input: input, accumulator: accumulator, semantics: Semantics(rounding: rounding)))
        #expect(
          found.tree == tree,
          "\(rounding) \(input) \(accumulator) \(found.text.joined(separator: "; "))")
        #expect(found.precision == accumulator.precision, "\(rounding) \(input) \(accumulator)")
        #expect(found.accumulator == accumulator.id, "\(rounding) \(input) \(accumulator)")
        #expect(
          found.confirmedSums?.isFull == true,
          "\(rounding) \(input) \(found.text.joined(separator: "; "))")
        #expect(found.roundings == [expected], "\(rounding) \(input) \(found.roundings)")
      }
    }
  }

  private static let roundings: [(Rounding, AccumulatorRounding)] = [
    (.nearestEven, .nearestEven), (.nearestAway, .nearestAway), (.towardZero, .towardZero),
    (.up, .up), (.down, .down), (.toOdd, .toOdd),
  ]

  @Test("A stochastic rounding is told, and the order under it")
  func stochastic() throws {
    let tree = SumTree.pairwise(64)
    let found = try identify(
      ProbedKernels.tree(
        tree, input: .fp32, accumulator: .fp32,
        semantics: Semantics(rounding: .stochastic(bits: 16, seed: 3))))
    #expect(found.roundsAtRandom && found.precision == 24)
    #expect(found.tree == tree)
    #expect(found.text.contains { $0.contains("by chance") })
  }

  @Test("An output narrower than the accumulator hides neither its bits nor the order")
  func narrowOutput() throws {
    for n in [33, 1200] {
      let tree = SumTree.numPy(n)
      let found = try identify(
        ProbedKernels.tree(tree, input: .fp16, accumulator: .fp32, output: .fp16))
      #expect(found.tree == tree)
      #expect(found.precision == 24 && found.accumulator == "fp32")
    }
  }

  @Test("4,096 terms take at most ten sums for each and a hundred calls, whatever the order")
  func large() throws {
    let n = 4096
    let lanes = 16
    for (name, sum) in [
      ("sequential", { x in x.reduce(0, +) }), ("reversed", { x in x.reversed().reduce(0, +) }),
      (
        "lanes",
        { x in
          var sums = SIMD16<Float>.zero
          x.withUnsafeBufferPointer { x in
            for start in stride(from: 0, to: n, by: lanes) {
              for lane in 0..<lanes { sums[lane] += x[start + lane] }
            }
          }
          return sums.sum()
        }
      ), ("pairwise", { x in x.withUnsafeBufferPointer { Self.pairwise($0) } }),
    ] as [(String, (ArraySlice<Float>) -> Float)] {
      let found = try identify(ProbedKernels.single(n, sum))
      #expect(found.pattern?.isKnown == true, "\(name)")
      #expect(found.sums <= 10 * n && found.calls <= 100, "\(name)")
    }
  }

  private static func pairwise(_ x: UnsafeBufferPointer<Float>) -> Float {
    guard x.count > 1 else { return x[0] }
    let half = x.count / 2
    return pairwise(UnsafeBufferPointer(rebasing: x[..<half]))
      + pairwise(UnsafeBufferPointer(rebasing: x[half...]))
  }
}
