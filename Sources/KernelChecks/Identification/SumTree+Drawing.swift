// SPDX-License-Identifier: Apache-2.0

extension SumTree {
  /// The terms of a node: `0...127`, or `0, 8, ... 120`, or how many there are from the first on.
  func termsText(_ root: Int) -> String {
    let first = root - (descendants(root) - 1)
    let terms = nodes[first...root].compactMap {
      if case .term(let term) = $0 { term } else { nil }
    }
    .sorted()
    guard terms.count > 2 else { return terms.map(String.init).joined(separator: ", ") }
    let step = terms[1] - terms[0]
    let last = terms[terms.count - 1]
    guard zip(terms, terms.dropFirst()).allSatisfy({ $1 - $0 == step }) else {
      return "\(terms.count) terms of \(terms[0])...\(last)"
    }
    return step == 1 ? "\(terms[0])...\(last)" : "\(terms[0]), \(terms[1]), ... \(last)"
  }

  /// The nodes below a node, itself among them.
  private func descendants(_ root: Int) -> Int {
    var first = root
    while case .sum(let children) = nodes[first] { first = children[0] }
    return root - first + 1
  }

  /// The nodes that a picture shows as its leaves: terms, and subtrees too large to be shown. The
  /// largest ones are taken apart, all of one size together, until there would be more than `most`.
  func frontier(_ most: Int) -> Set<Int> {
    let sizes = sizes
    var frontier: Set<Int> = [nodes.count - 1]
    while let largest = frontier.map({ sizes[$0] }).max(), largest > 1 {
      var next = frontier
      for node in frontier where sizes[node] == largest {
        next.remove(node)
        if case .sum(let children) = nodes[node] { next.formUnion(children) }
      }
      guard next.count <= most else { return frontier }
      frontier = next
    }
    return frontier
  }

  /// The tree as text, a line a node, the sum first, in at most so many lines; subtrees for which
  /// there are none are one line each.
  package func drawing(lines: Int = 24) -> String {
    var most = max(1, lines)
    while true {
      let shown = frontier(most)
      let text = drawing(shown)
      if text.count <= lines || shown.count <= 1 { return text.joined(separator: "\n") }
      most = shown.count - 1
    }
  }

  private func drawing(_ shown: Set<Int>) -> [String] {
    let depths = depths
    let sizes = sizes
    var text: [String] = []
    var stack = [(node: nodes.count - 1, stem: "", branch: "")]
    while let (node, stem, branch) = stack.popLast() {
      guard case .sum(let children) = nodes[node], !shown.contains(node) else {
        let inside = sizes[node] > 1 ? "  (\(sizes[node]) terms, depth \(depths[node]))" : ""
        text.append(stem + branch + termsText(node) + inside)
        continue
      }
      text.append(stem + branch + "+")
      let indent = stem + (branch.isEmpty ? "" : branch.hasPrefix("└") ? "   " : "│  ")
      for (index, child) in children.enumerated().reversed() {
        stack.append((child, indent, index == children.count - 1 ? "└─ " : "├─ "))
      }
    }
    return text
  }
}
