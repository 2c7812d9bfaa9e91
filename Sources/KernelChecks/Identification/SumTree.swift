// SPDX-License-Identifier: Apache-2.0

/// The order of a sum of n terms: a tree whose leaves are the terms 0..<n and whose nodes are
/// additions, those of several terms at once among them.
///
/// The nodes lie in one array, children before their parent, so that no tree is too deep to be
/// walked.
package struct SumTree: Hashable, Sendable {
  /// What a node is.
  package enum Node: Hashable, Sendable {
    /// A term.
    case term(Int)
    /// The sum of what lies at these indices, two or more, which are below its own; the one with the
    /// least term comes first.
    case sum([Int])
  }

  /// The nodes; the last one is the whole sum.
  package private(set) var nodes: [Node]

  /// The tree of one term.
  package init(term: Int) { nodes = [.term(term)] }

  /// The tree of nodes in any order of children, renumbered so that equal orders are equal trees;
  /// nil where they are no tree of the terms 0..<n.
  package init?(_ nodes: [Node]) {
    guard !nodes.isEmpty, let canonical = Self.canonical(nodes) else { return nil }
    self.nodes = canonical
  }

  /// n.
  package var terms: Int { (nodes.count + 1 + extraChildren) / 2 }

  // A tree of binary nodes has n - 1 of them; each further child of a node saves one.
  private var extraChildren: Int {
    nodes.reduce(0) { count, node in
      if case .sum(let children) = node { count + children.count - 2 } else { count }
    }
  }

  /// For each node the most additions that one of its terms goes through.
  package var depths: [Int] {
    var depths: [Int] = []
    for node in nodes {
      switch node {
      case .term: depths.append(0)
      case .sum(let children): depths.append(1 + (children.map { depths[$0] }.max() ?? 0))
      }
    }
    return depths
  }

  /// The most additions that a term goes through, from which error bounds follow (Higham, "Accuracy
  /// and Stability of Numerical Algorithms", 2002, section 4.2).
  package var depth: Int { depths.last ?? 0 }

  /// For each node the number of its terms.
  var sizes: [Int] {
    var sizes: [Int] = []
    for node in nodes {
      switch node {
      case .term: sizes.append(1)
      case .sum(let children): sizes.append(children.reduce(0) { $0 + sizes[$1] })
      }
    }
    return sizes
  }

  /// For each node its parent; the root is its own.
  var parents: [Int] {
    var parents = Array(nodes.indices)
    for (index, node) in nodes.enumerated() {
      if case .sum(let children) = node { for child in children { parents[child] = index } }
    }
    return parents
  }

  /// For each term its node.
  var leaves: [Int] {
    var leaves = [Int](repeating: 0, count: nodes.count)
    var count = 0
    for (index, node) in nodes.enumerated() {
      if case .term(let term) = node {
        leaves[term] = index
        count += 1
      }
    }
    return Array(leaves.prefix(count))
  }

  /// The most terms that a node adds at once.
  package var widest: Int {
    nodes.reduce(1) { most, node in
      if case .sum(let children) = node { max(most, children.count) } else { most }
    }
  }

  /// The least term of each node.
  var least: [Int] { Self.least(nodes) }

  private static func least(_ nodes: [Node]) -> [Int] {
    var least: [Int] = []
    for node in nodes {
      switch node {
      case .term(let term): least.append(term)
      case .sum(let children): least.append(children.map { least[$0] }.min() ?? 0)
      }
    }
    return least
  }

  /// The nodes in the order of a walk that visits children by their least term before their parent.
  private static func canonical(_ nodes: [Node]) -> [Node]? {
    var isUsed = [Bool](repeating: false, count: nodes.count)
    var terms = Set<Int>()
    for (index, node) in nodes.enumerated() {
      switch node {
      case .term(let term): guard terms.insert(term).inserted else { return nil }
      case .sum(let children):
        guard children.count > 1 else { return nil }
        for child in children {
          guard (0..<index).contains(child), !isUsed[child] else { return nil }
          isUsed[child] = true
        }
      }
    }
    guard isUsed.dropLast().allSatisfy({ $0 }), terms.min() == 0, terms.max() == terms.count - 1
    else { return nil }
    let least = Self.least(nodes)
    var number = [Int](repeating: 0, count: nodes.count)
    var result: [Node] = []
    var stack = [(node: nodes.count - 1, isDone: false)]
    while let (index, isDone) = stack.popLast() {
      guard case .sum(let children) = nodes[index] else {
        number[index] = result.count
        result.append(nodes[index])
        continue
      }
      let sorted = children.sorted { least[$0] < least[$1] }
      if isDone {
        number[index] = result.count
        result.append(.sum(sorted.map { number[$0] }))
      } else {
        stack.append((index, true))
        for child in sorted.reversed() { stack.append((child, false)) }
      }
    }
    return result
  }
}
