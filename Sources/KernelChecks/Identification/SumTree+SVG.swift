// SPDX-License-Identifier: Apache-2.0

extension SumTree {
  /// The sizes of a picture [px].
  private enum Measure {
    static let mostLeaves = 64
    static let widestTree = 1120.0
    static let margin = 28.0
    static let header = 46.0
    static let footer = 40.0
    static let narrowestLeaf = 15.0
    static let widestLeaf = 40.0
    static let blockWidth = 104.0
    static let narrowestPicture = 380.0
    static let widestLevel = 44.0
    static let narrowestLevel = 9.0
    static let tallestTree = 420.0
    static let blockHeight = 34.0
    static let fontSize = 11.0
  }

  /// A picture of the tree: the terms at the bottom, the sum at the top, in black on white or, where
  /// the reader's page is dark, white on black. Of more than 64 terms the largest subtrees are drawn
  /// as blocks, and equal ones beside each other look alike.
  package func svg(title: String) -> String {
    let (shown, layout) = fittingLayout()
    let width = max(Measure.narrowestPicture, layout.width + 2 * Measure.margin)
    let left = (width - layout.width) / 2
    let level = min(
      Measure.widestLevel,
      max(Measure.narrowestLevel, Measure.tallestTree / Double(max(1, layout.levels))))
    let bottom = Measure.header + level * Double(layout.levels)
    let height = bottom + Measure.footer + (layout.hasBlocks ? Measure.blockHeight : 0)
    func x(_ node: Int) -> Double { left + layout.x[node] }
    func y(_ node: Int) -> Double { bottom - level * Double(layout.level[node]) }

    var edges = ""
    var marks = ""
    let radius = min(4, level / 3.2)
    for node in layout.order {
      if case .sum(let children) = nodes[node], !shown.contains(node) {
        for child in children { edges += Self.edge(x(node), y(node), x(child), y(child)) }
        if children.count > 2 {
          let ends = children.map(x)
          let half = min(14.0, ((ends.max() ?? 0) - (ends.min() ?? 0)) / 4)
          marks +=
            "<rect class=\"sum\" x=\"\(Self.text(x(node) - half))\" "
            + "y=\"\(Self.text(y(node) - radius))\" width=\"\(Self.text(2 * half))\" "
            + "height=\"\(Self.text(2 * radius))\" rx=\"\(Self.text(radius))\"/>"
        } else {
          marks += Self.circle("sum", x(node), y(node), radius)
        }
      } else if case .term(let term) = nodes[node] {
        marks += Self.circle("term", x(node), y(node), min(3, layout.leafWidth / 4))
        marks += Self.label("\(term)", x(node), y(node) + 17, layout.leafWidth)
      } else {
        marks += block(node, x(node), y(node))
      }
    }
    let depths = depth
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.text(width)) \(Self.text(height))" \
      width="\(Self.text(width))" height="\(Self.text(height))" role="img" \
      aria-label="\(Self.escaped(title))">
      <style>
      svg{background:#fff;font:\(Self.text(Measure.fontSize))px ui-sans-serif,system-ui,"Helvetica Neue",Arial,sans-serif}
      .edge{fill:none;stroke:#9aa5b1;stroke-width:1.2}.sum{fill:#1f5fa8}.term{fill:#52606d}
      .block{fill:#e8f0f9;stroke:#1f5fa8;stroke-width:1}.stem{stroke:#9aa5b1;stroke-width:1.2}
      text{fill:#52606d;text-anchor:middle;font-variant-numeric:tabular-nums}
      .title{fill:#1f2933;font-size:13px;font-weight:600;text-anchor:start}
      .note{text-anchor:start}.inside{fill:#1f3f66}
      @media(prefers-color-scheme:dark){svg{background:#12161c}.edge,.stem{stroke:#566270}
      .sum{fill:#7ab3ef}.term{fill:#9aa5b1}.block{fill:#1b2a3b;stroke:#7ab3ef}text{fill:#9aa5b1}
      .title{fill:#e4e7eb}.inside{fill:#cfe2f7}}
      </style>
      <text class="title" x="\(Self.text(Measure.margin))" y="20">\(Self.escaped(title))</text>
      <text class="note" x="\(Self.text(Measure.margin))" y="36">\(terms) terms, depth \(depths)</text>
      \(edges)
      \(marks)
      </svg>

      """
  }

  /// As many leaves as there is room for.
  private func fittingLayout() -> (Set<Int>, Layout) {
    var most = Measure.mostLeaves
    while true {
      let shown = frontier(most)
      var layout = Layout(self, shown)
      layout.place(self, shown)
      if layout.width <= Measure.widestTree || shown.count <= 2 { return (shown, layout) }
      most = min(most, shown.count) - 1
    }
  }

  private func block(_ node: Int, _ x: Double, _ y: Double) -> String {
    let (width, height) = (Measure.blockWidth - 10, Measure.blockHeight)
    let depth = depths[node]
    return "<rect class=\"block\" x=\"\(Self.text(x - width / 2))\" y=\"\(Self.text(y))\" "
      + "width=\"\(Self.text(width))\" height=\"\(Self.text(height))\" rx=\"4\"/>"
      + "<text class=\"inside\" x=\"\(Self.text(x))\" y=\"\(Self.text(y + 14))\">"
      + "\(termsText(node))</text>"
      + "<text x=\"\(Self.text(x))\" y=\"\(Self.text(y + 27))\">depth \(depth)</text>"
  }

  /// An elbow with a round corner, from a node down to a child.
  private static func edge(_ x: Double, _ y: Double, _ childX: Double, _ childY: Double) -> String {
    let corner = min(6, (childX - x).magnitude, (childY - y).magnitude)
    let side = childX < x ? -corner : corner
    return "<path class=\"edge\" d=\"M\(text(x)) \(text(y))H\(text(childX - side))"
      + "Q\(text(childX)) \(text(y)) \(text(childX)) \(text(y + corner))V\(text(childY))\"/>"
  }

  private static func circle(_ name: String, _ x: Double, _ y: Double, _ radius: Double) -> String {
    "<circle class=\"\(name)\" cx=\"\(text(x))\" cy=\"\(text(y))\" r=\"\(text(radius))\"/>"
  }

  /// A number below a leaf, upright where it is wider than there is room.
  private static func label(_ number: String, _ x: Double, _ y: Double, _ room: Double) -> String {
    let digit = Measure.fontSize * 0.6
    guard digit * Double(number.count) > room - 2 else {
      return "<text x=\"\(text(x))\" y=\"\(text(y))\">\(number)</text>"
    }
    return "<text style=\"text-anchor:end\" transform=\"translate(\(text(x + 4)) \(text(y - 8)))"
      + "rotate(-90)\">\(number)</text>"
  }

  /// A number of pixels with at most one decimal.
  private static func text(_ x: Double) -> String {
    let tenths = Int((x * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(Double(tenths) / 10)"
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.append(character)
      }
    }
    return result
  }

  /// Where the nodes of a picture lie: leaves from left to right, a node over the middle of its
  /// children and above the highest of them.
  private struct Layout {
    var x: [Double]
    var level: [Int]
    /// The nodes that are drawn, children first.
    var order: [Int] = []
    var width = 0.0
    var leafWidth: Double
    var hasBlocks = false
    var levels: Int { level.max() ?? 0 }

    init(_ tree: SumTree, _ shown: Set<Int>) {
      x = [Double](repeating: 0, count: tree.nodes.count)
      level = [Int](repeating: 0, count: tree.nodes.count)
      leafWidth = min(
        Measure.widestLeaf, max(Measure.narrowestLeaf, Measure.widestTree / Double(shown.count)))
    }

    mutating func place(_ tree: SumTree, _ shown: Set<Int>) {
      var stack = [(node: tree.nodes.count - 1, isDone: false)]
      while let (node, isDone) = stack.popLast() {
        guard case .sum(let children) = tree.nodes[node], !shown.contains(node) else {
          var own = leafWidth
          if case .sum = tree.nodes[node] {
            own = Measure.blockWidth
            hasBlocks = true
          }
          x[node] = width + own / 2
          width += own
          order.append(node)
          continue
        }
        if isDone {
          let ends = children.map { x[$0] }
          x[node] = ((ends.min() ?? 0) + (ends.max() ?? 0)) / 2
          level[node] = 1 + (children.map { level[$0] }.max() ?? 0)
          order.append(node)
        } else {
          stack.append((node, true))
          for child in children.reversed() { stack.append((child, false)) }
        }
      }
    }
  }
}
