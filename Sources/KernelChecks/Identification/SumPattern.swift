// SPDX-License-Identifier: Apache-2.0

/// An order in words, where it is made of orders that have a name.
package struct SumPattern: Hashable, Sendable, Codable {
  /// The words.
  package let text: String
  /// Whether they say all of the order.
  package let isKnown: Bool

  /// The order of a tree in words.
  package init(_ tree: SumTree) {
    if let text = Self.words(tree, nesting: 0) {
      self.text = text
      isKnown = true
    } else {
      text = "irregular, depth \(tree.depth)"
      isKnown = false
    }
  }

  /// Lanes of blocks of lanes are the most that is looked for.
  private static let mostNesting = 2

  private static func words(_ tree: SumTree, nesting: Int) -> String? {
    if let name = name(tree) { return name }
    guard nesting <= mostNesting else { return nil }
    let sets = TermSets(tree)
    return lanes(tree, sets, nesting) ?? blocks(tree, sets, 2...max(2, tree.terms / 2), nesting)
      ?? tail(tree, nesting) ?? blocks(tree, sets, max(3, tree.terms / 2 + 1)...tree.terms, nesting)
  }

  /// An order that is not made of others.
  private static func name(_ tree: SumTree) -> String? {
    let n = tree.terms
    if n == 1 { return "one term" }
    if n == 2 { return "two terms" }
    if tree == .sequential(n) { return "sequential, from the first to the last" }
    if tree == .reversed(n) { return "sequential, from the last to the first" }
    if tree == .together(n) { return "all \(n) at once" }
    if tree.widest > 2 {
      // The first node holds the terms of one step.
      let first = tree.nodes.first { if case .sum = $0 { true } else { false } }
      if case .sum(let children) = first, tree == .fused(n, width: children.count) {
        return "\(children.count) terms and the sum before at once, one step after the other"
      }
      return nil
    }
    if tree == .pairwise(n) { return "pairwise" }
    if tree == .pairwisePowers(n) { return "pairwise, split at the largest power of two" }
    if tree == .neighbours(n) { return "pairwise, neighbours first" }
    if tree == .pairwiseUp(n) { return "pairwise, the larger half first" }
    if tree == .folded(n) { return "pairwise, term i with term i + n/2" }
    if n > SumTree.numPyBlock, tree == .numPy(n) {
      return "NumPy's pairwise: blocks of at most 128, in each 8 lanes, the blocks pairwise"
    }
    return nil
  }

  /// k sums, the i-th of the terms i, i + k, ..., then those.
  private static func lanes(_ tree: SumTree, _ sets: TermSets, _ nesting: Int) -> String? {
    let n = tree.terms
    for k in stride(from: n / 2, through: 2, by: -1) {
      guard let nodes = sets.nodes((0..<k).map { stride(from: $0, to: n, by: k) }) else { continue }
      let inner = nodes.prefix(n % k == 0 ? k : n % k).map { tree.subtree($0) }
      guard let first = inner.first, inner.allSatisfy({ $0 == first }),
        let name = name(first), let outer = composed(tree.contracted(nodes), nesting)
      else { continue }
      let each = first.terms == 2 ? "pairs" : "each \(name)"
      return "\(k) lanes (term i in lane i mod \(k)), \(each); the lanes \(outer)"
    }
    return nil
  }

  private static func composed(_ tree: SumTree, _ nesting: Int) -> String? {
    if tree.terms == 2 { return "together" }
    return words(tree, nesting: nesting + 1)
  }

  /// Blocks of consecutive terms, then those; of several such ways the one that is said shortest.
  private static func blocks(
    _ tree: SumTree, _ sets: TermSets, _ sizes: ClosedRange<Int>, _ nesting: Int
  ) -> String? {
    let n = tree.terms
    var shortest: String?
    for b in sizes where b < n {
      let starts = stride(from: 0, to: n, by: b)
      guard let nodes = sets.nodes(starts.map { stride(from: $0, to: min(n, $0 + b), by: 1) })
      else { continue }
      let whole = n / b
      let first = tree.subtree(nodes[0])
      guard nodes.prefix(whole).allSatisfy({ tree.subtree($0) == first }),
        let inner = words(first, nesting: nesting + 1),
        let outer = composed(tree.contracted(nodes), nesting)
      else { continue }
      let rest = whole < nodes.count ? ", the last of \(n - whole * b)" : ""
      let each = first.terms == 2 ? "" : ", each \(inner)"
      let text = "blocks of \(b)\(rest)\(each); the blocks \(outer)"
      if text.count < shortest?.count ?? .max { shortest = text }
    }
    return shortest
  }

  /// The last terms one by one after the others.
  private static func tail(_ tree: SumTree, _ nesting: Int) -> String? {
    let n = tree.terms
    let leaves = tree.leaves
    var root = tree.nodes.count - 1
    var count = 0
    while count < n / 2, case .sum(let children) = tree.nodes[root], children.count == 2,
      children[1] == leaves[n - 1 - count] || children[0] == leaves[n - 1 - count]
    {
      root = children[1] == leaves[n - 1 - count] ? children[0] : children[1]
      count += 1
    }
    guard count > 0, let words = words(tree.subtree(root), nesting: nesting + 1) else { return nil }
    return "the first \(n - count): \(words); then the last \(count), one by one"
  }
}

/// The sets of terms below the nodes of a tree, by sums of a random word a term.
private struct TermSets {
  private let words: [UInt64]
  private let nodes: [UInt64: Int]

  init(_ tree: SumTree) {
    var sequence = RandomSequence(seed: 18)
    words = (0..<tree.terms).map { _ in sequence.next() }
    var sums: [UInt64] = []
    var nodes: [UInt64: Int] = [:]
    for (index, node) in tree.nodes.enumerated() {
      switch node {
      case .term(let term): sums.append(words[term])
      case .sum(let children): sums.append(children.reduce(0) { $0 &+ sums[$1] })
      }
      nodes[sums[index]] = index
    }
    self.nodes = nodes
  }

  /// The node of each set of terms; nil where one has none.
  func nodes(_ sets: [StrideTo<Int>]) -> [Int]? {
    var result: [Int] = []
    for set in sets {
      guard let node = nodes[set.reduce(0) { $0 &+ words[$1] }] else { return nil }
      result.append(node)
    }
    return result
  }
}

extension SumTree {
  /// The tree below a node, its terms numbered anew in their order.
  func subtree(_ root: Int) -> SumTree {
    // Canonical trees have the nodes below one right before it.
    let first = root - (Self.count(below: root, nodes) - 1)
    let below = Array(nodes[first...root])
    let terms = below.compactMap { if case .term(let term) = $0 { term } else { nil } }.sorted()
    let rank = Dictionary(uniqueKeysWithValues: terms.enumerated().map { ($1, $0) })
    let renumbered: [Node] = below.map { node in
      switch node {
      case .term(let term): .term(rank[term] ?? 0)
      case .sum(let children): .sum(children.map { $0 - first })
      }
    }
    return SumTree(renumbered) ?? self
  }

  private static func count(below root: Int, _ nodes: [Node]) -> Int {
    // The leftmost way down ends at the first of them.
    var first = root
    while case .sum(let children) = nodes[first] { first = children[0] }
    return root - first + 1
  }

  /// The tree above some nodes, which become its terms in their order.
  func contracted(_ bottoms: [Int]) -> SumTree {
    let rank = Dictionary(uniqueKeysWithValues: bottoms.enumerated().map { ($1, $0) })
    var number: [Int: Int] = [:]
    var result: [Node] = []
    for (index, node) in nodes.enumerated() {
      if let term = rank[index] {
        result.append(.term(term))
      } else if case .sum(let children) = node, children.allSatisfy({ number[$0] != nil }) {
        result.append(.sum(children.compactMap { number[$0] }))
      } else {
        continue
      }
      number[index] = result.count - 1
    }
    return SumTree(result) ?? self
  }
}
