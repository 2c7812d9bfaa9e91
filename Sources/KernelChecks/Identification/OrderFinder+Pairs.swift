// SPDX-License-Identifier: Apache-2.0

extension OrderFinder {
  /// The order from the counts of all pairs: the least subtrees are put together first (FPRev, section
  /// 4.3, the basic algorithm). n (n - 1) / 2 counts for each mask of units; of nodes that lose all
  /// their terms, as binary ones do.
  func findFromAllPairs() throws -> SumTree {
    let n = counter.session.probe.terms
    let starts = stride(from: 0, to: n, by: counter.capacity)
    let templates = try starts.map {
      try counter.template($0..<min(n, $0 + counter.capacity))
    }
    let pairs = (0..<n).flatMap { i in ((i + 1)..<max(i + 1, n)).map { (i, $0) } }
    var kept = [Int](repeating: 0, count: pairs.count)
    for mask in templates.indices {
      let counts = try counter.counts(
        templates, pairs.map { ProbeCounter.Pair(positive: $0.0, negative: $0.1, mask: mask) })
      for (index, count) in counts.enumerated() { kept[index] += count }
    }
    var nodes = (0..<n).map { SumTree.Node.term($0) }
    // For each term the node that holds it so far.
    var top = Array(0..<n)
    let sorted = pairs.indices.sorted { kept[$0] > kept[$1] }
    var index = 0
    while index < sorted.count {
      // Pairs of one count: of each subtree of that size all that meet in its root.
      var meetings: [Int: Set<Int>] = [:]
      let level = kept[sorted[index]]
      while index < sorted.count, kept[sorted[index]] == level {
        let (i, j) = pairs[sorted[index]]
        meetings[top[i], default: []].formUnion([top[i], top[j]])
        meetings[top[j], default: []].formUnion([top[i], top[j]])
        index += 1
      }
      var isDone = Set<Int>()
      for (first, children) in meetings.sorted(by: { $0.key < $1.key })
      where !isDone.contains(first) && children.count > 1 {
        isDone.formUnion(children)
        nodes.append(.sum(children.sorted()))
        for term in top.indices where children.contains(top[term]) { top[term] = nodes.count - 1 }
      }
    }
    guard let tree = SumTree(nodes) else { throw ProbeFailure("the counts give no tree") }
    return tree
  }

  /// How many of some pairs of terms, drawn by chance, keep the units that an order says; and the
  /// number of pairs.
  func agreement(_ order: FoundOrder, pairs number: Int) throws -> (right: Int, of: Int) {
    let n = counter.session.probe.terms
    guard n > 2 else { return (0, 0) }
    var words = RandomSequence(seed: 16)
    let parents = order.tree.parents
    let leaves = order.tree.leaves
    // The units are in one mask, the same for all.
    let mask = words.permutation(of: n).prefix(counter.capacity)
    let template = try counter.template(mask)
    var units = [Int](repeating: 0, count: order.tree.nodes.count)
    for term in mask { units[leaves[term]] = 1 }
    for (index, parent) in parents.enumerated() where parent != index {
      units[parent] += units[index]
    }
    var pairs: [ProbeCounter.Pair] = []
    var expected: [Int] = []
    for _ in 0..<number {
      let i = words.below(n)
      let j = (i + 1 + words.below(n - 1)) % n
      pairs.append(ProbeCounter.Pair(positive: i, negative: j, mask: 0))
      // Children have lower numbers than their parents: the lower one of two nodes goes up.
      var (a, b) = (leaves[i], leaves[j])
      var below = (a, b)
      while a != b {
        if a < b { (below.0, a) = (a, parents[a]) } else { (below.1, b) = (b, parents[b]) }
      }
      let all = mask.count
      let isWide =
        if case .sum(let children) = order.tree.nodes[a] { children.count > 2 } else { false }
      let lost =
        order.hasExactNodes && isWide
        ? units[below.0] + units[below.1]
        : units[a]
      expected.append(all - lost)
    }
    let counts = try counter.counts([template], pairs)
    return (zip(counts, expected).count { $0 == $1 }, number)
  }
}
