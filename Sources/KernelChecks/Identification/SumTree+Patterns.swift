// SPDX-License-Identifier: Apache-2.0

extension SumTree {
  /// A node above others, built from the bottom up.
  private struct Builder {
    var nodes: [Node]

    init(terms: Int) { nodes = (0..<terms).map { .term($0) } }

    mutating func sum(_ children: [Int]) -> Int {
      guard children.count > 1 else { return children[0] }
      nodes.append(.sum(children))
      return nodes.count - 1
    }

    mutating func chain(_ parts: some Sequence<Int>) -> Int? {
      var sum: Int?
      for part in parts { sum = sum.map { self.sum([$0, part]) } ?? part }
      return sum
    }

    /// Neighbours, then neighbours of those, an odd one left for later.
    mutating func neighbours(_ parts: [Int]) -> Int? {
      var parts = parts
      while parts.count > 1 {
        parts = stride(from: 0, to: parts.count, by: 2).map {
          $0 + 1 < parts.count ? sum([parts[$0], parts[$0 + 1]]) : parts[$0]
        }
      }
      return parts.first
    }

    /// Halves, of halves; the first of so many of n.
    mutating func halves(_ range: Range<Int>, _ first: (Int) -> Int) -> Int {
      guard range.count > 1 else { return range.lowerBound }
      let middle = range.lowerBound + first(range.count)
      let parts = [
        halves(range.lowerBound..<middle, first), halves(middle..<range.upperBound, first),
      ]
      return sum(parts)
    }
  }

  private static func built(_ terms: Int, _ build: (inout Builder) -> Int?) -> SumTree {
    var builder = Builder(terms: terms)
    guard terms > 1, build(&builder) != nil, let tree = SumTree(builder.nodes) else {
      return SumTree(term: 0)
    }
    return tree
  }

  /// One term after the other, from the first to the last.
  package static func sequential(_ n: Int) -> SumTree { built(n) { $0.chain(0..<n) } }

  /// One term after the other, from the last to the first.
  package static func reversed(_ n: Int) -> SumTree { built(n) { $0.chain((0..<n).reversed()) } }

  /// All terms at once.
  package static func together(_ n: Int) -> SumTree { built(n) { $0.sum(Array(0..<n)) } }

  /// w terms and the sum before at once.
  package static func fused(_ n: Int, width: Int) -> SumTree {
    built(n) { builder in
      var sum: Int?
      for start in stride(from: 0, to: n, by: width) {
        let terms = Array(start..<min(n, start + width))
        sum = builder.sum((sum.map { [$0] } ?? []) + terms)
      }
      return sum
    }
  }

  /// Halves, of halves, the first of n / 2 terms.
  package static func pairwise(_ n: Int) -> SumTree {
    built(n) { $0.halves(0..<n) { $0 / 2 } }
  }

  /// Halves, of halves, the first of (n + 1) / 2 terms.
  package static func pairwiseUp(_ n: Int) -> SumTree {
    built(n) { $0.halves(0..<n) { ($0 + 1) / 2 } }
  }

  /// Two parts, of two parts, the first of the largest power of two below n.
  package static func pairwisePowers(_ n: Int) -> SumTree {
    built(n) { $0.halves(0..<n) { 1 << (Int.bitWidth - 1 - ($0 - 1).leadingZeroBitCount) } }
  }

  /// Neighbours, then neighbours of those.
  package static func neighbours(_ n: Int) -> SumTree { built(n) { $0.neighbours(Array(0..<n)) } }

  /// Term i and term i + n / 2, then so again with those n / 2 sums.
  package static func folded(_ n: Int) -> SumTree {
    built(n) { builder in
      var parts = Array(0..<n)
      while parts.count > 1 {
        let half = (parts.count + 1) / 2
        parts = (0..<half).map {
          $0 + half < parts.count ? builder.sum([parts[$0], parts[$0 + half]]) : parts[$0]
        }
      }
      return parts.first
    }
  }

  /// The most terms of a block of NumPy's, up to which its order is one of lanes.
  static let numPyBlock = 128

  /// NumPy's pairwise sum: blocks of at most 128 terms, in each eight sums of every eighth term that
  /// are added as ((0 1)(2 3))((4 5)(6 7)), the rest one by one; the blocks by halves whose first is a
  /// multiple of eight (numpy/_core/src/umath/loops_utils.h.src).
  package static func numPy(_ n: Int) -> SumTree {
    let lanes = 8
    return built(n) { builder in
      func sum(_ range: Range<Int>) -> Int {
        if range.count > numPyBlock {
          let half = range.count / 2
          let middle = range.lowerBound + half - half % lanes
          let parts = [sum(range.lowerBound..<middle), sum(middle..<range.upperBound)]
          return builder.sum(parts)
        }
        guard range.count >= lanes else { return builder.chain(range) ?? range.lowerBound }
        let end = range.upperBound - range.count % lanes
        let sums = (0..<lanes).compactMap { lane in
          builder.chain(stride(from: range.lowerBound + lane, to: end, by: lanes))
        }
        let whole = builder.neighbours(sums) ?? range.lowerBound
        return builder.chain([whole] + Array(end..<range.upperBound)) ?? whole
      }
      return sum(0..<n)
    }
  }
}
