// SPDX-License-Identifier: Apache-2.0

/// An order that was found.
struct FoundOrder {
  let tree: SumTree
  /// Whether a node of several terms keeps units beside large terms that cancel in it: its sum is
  /// exact before it is rounded.
  let hasExactNodes: Bool
}

/// Finds the order of a sum by counts of units.
///
/// Let i be a term of a subtree. Every other term j has l(i, j), the number of the subtree's terms
/// below the node where i and j meet. Terms with the same l meet i in the same node, and make up its
/// other children, which are found in the same way (FPRev, section 5, the refined algorithm).
///
/// The paper takes the first term for i and needs n (n - 1) / 2 counts of a sequential sum from the
/// last term to the first. Here i is drawn by chance: the least subtree around a term j with more
/// than half of the terms holds i with more than an even chance, and then j is left with a child of
/// it or of a node below, at most half of the terms. So each term takes part in 2 log2 n rounds or
/// fewer on average, whatever the order, and all subtrees of a round are asked for at once.
///
/// Nodes of several children: where j and k, both of the same l, lie in different children of the
/// node in which they meet i, all of the node is lost when they cancel. A unit in the place of i, the
/// witness, tells that from a node of j and k alone, which leaves it (FPRev, section 5.3). A node that
/// adds exactly loses only what is below the two children that hold the large terms: a l(i, j) that
/// is less than the node's size.
struct OrderFinder {
  let counter: ProbeCounter
  private let terms: Int

  init(_ counter: ProbeCounter) {
    self.counter = counter
    terms = counter.session.probe.terms
  }

  /// Terms of which some whole children of one node are made.
  private struct Part {
    let terms: [Int]
    /// A term of another child of that node.
    let witness: Int?
  }

  /// What was found of a part: a term, and those that it meets, nearest node first.
  private struct Split {
    enum Kind {
      /// A node of its own: of what was before, and of the part's children.
      case node
      /// As before, but what is found of the part is one node, which is this very one.
      case exactNode
      /// Further children of the node before; of an exact one.
      case sameNode(isSingle: Bool)
      /// Further children of the node whose children the part makes up.
      case open
    }
    let pivot: Int
    var groups: [(part: Int, kind: Kind)]
  }

  /// The order.
  ///
  /// - Throws: `ProbeFailure` where counts contradict each other.
  func find() throws -> FoundOrder {
    guard terms > 1 else { return FoundOrder(tree: SumTree(term: 0), hasExactNodes: false) }
    var words = RandomSequence(seed: 15)
    var parts = [Part(terms: Array(0..<terms), witness: nil)]
    var splits: [Split] = []
    while splits.count < parts.count {
      let round = splits.count..<parts.count
      let pivots = round.map { parts[$0].terms[words.below(parts[$0].terms.count)] }
      let counts = try counts(parts[round], pivots)
      for (index, part) in round.enumerated() {
        splits.append(try split(parts[part], pivots[index], counts[index], &parts))
      }
    }
    return try assemble(splits)
  }

  /// For each part and each of its terms the units that are kept, of all its terms and the witness.
  private func counts(_ parts: ArraySlice<Part>, _ pivots: [Int]) throws -> [[Int: Int]] {
    var results = [[Int: Int]](repeating: [:], count: parts.count)
    var templates: [[ProbeTerm]] = []
    var pairs: [ProbeCounter.Pair] = []
    var owners: [(part: Int, term: Int)] = []
    // Templates are as long as a sum; so many are kept at a time.
    let mostTemplates = 64
    func ask() throws {
      for (owner, count) in zip(owners, try counter.counts(templates, pairs)) {
        results[owner.part][owner.term, default: 0] += count
      }
      templates = []
      pairs = []
      owners = []
    }
    for (index, (part, pivot)) in zip(parts, pivots).enumerated() where part.terms.count > 1 {
      let units = part.terms + (part.witness.map { [$0] } ?? [])
      for start in stride(from: 0, to: units.count, by: counter.capacity) {
        let mask = units[start..<min(units.count, start + counter.capacity)]
        templates.append(try counter.template(mask))
        for term in part.terms where term != pivot {
          pairs.append(
            ProbeCounter.Pair(positive: pivot, negative: term, mask: templates.count - 1))
          owners.append((index, term))
        }
        if templates.count == mostTemplates { try ask() }
      }
    }
    try ask()
    return results
  }

  private func split(_ part: Part, _ pivot: Int, _ counts: [Int: Int], _ parts: inout [Part]) throws
    -> Split
  {
    var split = Split(pivot: pivot, groups: [])
    let size = part.terms.count
    let witness = part.witness == nil ? 0 : 1
    var groups: [Int: [Int]] = [:]
    for term in part.terms where term != pivot {
      groups[counts[term] ?? 0, default: []].append(term)
    }
    // The terms met so far, with the pivot, and those met before the latest node.
    var met = 1
    var before = 1
    for (count, members) in groups.sorted(by: { $0.key > $1.key }) {
      let number = members.count
      let level = size + witness - count
      let kind: Split.Kind
      if witness == 1, count == 0 {
        kind = .open
      } else if level == met + number {
        kind = .node
        before = met
      } else if level > met, level - met < number, number % (level - met) == 0 {
        kind = .exactNode
        before = met
      } else if !split.groups.isEmpty, level > before, number % (level - before) == 0 {
        kind = .sameNode(isSingle: number == level - before)
      } else {
        throw ProbeFailure(
          "the terms that meet term \(pivot) do not add up: \(count) of \(size + witness) units are "
            + "kept where it cancels with \(number) others, such as term \(members[0])")
      }
      split.groups.append((parts.count, kind))
      parts.append(Part(terms: members, witness: pivot))
      met += number
    }
    return split
  }

  /// The tree of all parts; each part comes after the one it is of.
  private func assemble(_ splits: [Split]) throws -> FoundOrder {
    var nodes: [SumTree.Node] = []
    var hasExactNodes = false
    func add(_ node: SumTree.Node) -> Int {
      nodes.append(node)
      return nodes.count - 1
    }
    // What each part is: children of one node.
    var found = [[Int]](repeating: [], count: splits.count)
    func children(_ part: Int) throws -> [Int] {
      guard found[part].count == 1, case .sum(let children) = nodes[found[part][0]] else {
        throw ProbeFailure("a sum of several terms is not the same from all of its terms")
      }
      return children
    }
    for part in splits.indices.reversed() {
      var open: [Int] = []
      var last = add(.term(splits[part].pivot))
      for (group, kind) in splits[part].groups {
        switch kind {
        case .node: last = add(.sum([last] + found[group]))
        case .exactNode:
          hasExactNodes = true
          last = add(.sum([last] + (try children(group))))
        case .sameNode(let isSingle):
          hasExactNodes = true
          guard case .sum(let before) = nodes[last] else {
            throw ProbeFailure("a sum of several terms has none before")
          }
          let more = isSingle ? found[group] : try children(group)
          last = add(.sum(before + more))
        case .open: open = found[group]
        }
      }
      found[part] = [last] + open
    }
    guard found[0].count == 1, let tree = SumTree(Self.reachable(nodes, found[0][0])) else {
      throw ProbeFailure("the counts give no tree")
    }
    return FoundOrder(tree: tree, hasExactNodes: hasExactNodes)
  }

  /// The nodes below one, which comes last; nodes that were taken apart are left out.
  private static func reachable(_ nodes: [SumTree.Node], _ root: Int) -> [SumTree.Node] {
    var isReached = [Bool](repeating: false, count: nodes.count)
    isReached[root] = true
    for index in nodes.indices.reversed() where isReached[index] {
      if case .sum(let children) = nodes[index] {
        for child in children { isReached[child] = true }
      }
    }
    var number = [Int](repeating: 0, count: nodes.count)
    var result: [SumTree.Node] = []
    for index in nodes.indices where isReached[index] {
      number[index] = result.count
      switch nodes[index] {
      case .term: result.append(nodes[index])
      case .sum(let children): result.append(.sum(children.map { number[$0] }))
      }
    }
    return result
  }
}
