// SPDX-License-Identifier: Apache-2.0
import Tables

/// Shares of a whole as bars below each other, each with two marks beside it: what it is alone, and
/// what is gone without it.
package struct ShareChart: Figure {
  /// A share with its two marks.
  package struct Bar: Hashable, Sendable {
    package var label: String
    /// The share; below zero where it takes away from the whole.
    package var share: Double
    package var alone: Double
    package var removed: Double

    package init(_ label: String, share: Double, alone: Double, removed: Double) {
      (self.label, self.share, self.alone, self.removed) = (label, share, alone, removed)
    }
  }

  package var name: String
  package var title: String
  package var summary: String
  /// The heading of each panel, and its bars from the top.
  package var panels: [(title: String, bars: [Bar])]

  /// The chart of some panels.
  package init(
    name: String, title: String, summary: String, panels: [(title: String, bars: [Bar])]
  ) {
    (self.name, self.title, self.summary, self.panels) = (name, title, summary, panels)
  }

  package var table: Table {
    var table = Table(columns: ["panel", "row", "bar", "share", "alone", "removed"])
    for panel in panels {
      for (row, bar) in panel.bars.enumerated() {
        table.append([
          .text(panel.title), .integer(Int64(row)), .text(bar.label), .number(bar.share),
          .number(bar.alone), .number(bar.removed),
        ])
      }
    }
    return table
  }

  private enum Layout {
    static let title = 22.0
    static let row = 22.0
    static let bar = 13.0
    static let foot = 48.0
    static let labelGap = 10.0
    static let valueWidth = 52.0
    static let radius = 3.4
    static let tickSpacing = 46.0
  }

  /// The limits of the axis: shares are between 0 and 1 but for interactions.
  private var limits: ClosedRange<Double> {
    let all = panels.flatMap(\.bars).flatMap { [$0.share, $0.alone, $0.removed] }
      .filter(\.isFinite)
    let (low, high) = (all.min() ?? 0, all.max() ?? 1)
    // A source that does more alone than all together would press the others to the left.
    return max(min(0, low), -1)...min(max(1, high), 2)
  }

  package func svg(width: Double, id: String) -> String {
    let rows = panels.reduce(0) { $0 + $1.bars.count }
    let height =
      Double(panels.count) * Layout.title + Double(rows) * Layout.row + Layout.foot
    var canvas = Canvas(width: width, height: height)
    let names = panels.flatMap(\.bars).map { Canvas.textWidth($0.label) }
    let side = (names.max() ?? 0) + Layout.labelGap
    let right = width - Layout.valueWidth
    let axis = FittedAxis(
      Axis("share of the squared error", unit: "%", scale: .linear),
      values: [
        limits.lowerBound * 100, limits.upperBound * 100,
      ], most: max(2, Int((right - side) / Layout.tickSpacing)))
    func x(_ share: Double) -> Double {
      let bounded = min(max(share, limits.lowerBound), limits.upperBound) * 100
      return side + (axis.share(bounded) ?? 0) * (right - side)
    }
    let bottom = height - Layout.foot
    for tick in axis.ticks {
      let x = side + axis.share(position: tick.position) * (right - side)
      canvas.line(x, Layout.title, x, bottom, color: Ink.grid)
      canvas.label(tick.label, x, bottom + 17, anchor: .middle)
    }
    canvas.text(axis.axis.title, right, bottom + 32, color: Ink.quiet, anchor: .end)
    var top = 0.0
    for panel in panels {
      canvas.text(panel.title, 0, top + 14, size: Canvas.titleSize, bold: true)
      top += Layout.title
      for bar in panel.bars {
        let middle = top + Layout.row / 2
        canvas.text(bar.label, 0, middle + 4)
        let (start, end) = (min(x(0), x(bar.share)), max(x(0), x(bar.share)))
        canvas.rectangle(
          start, middle - Layout.bar / 2, max(end - start, 0.75), Layout.bar,
          fill: bar.share < 0 ? Ink.alarm : Ink.levels[4])
        canvas.marker(.circle, x(bar.alone), middle, color: Ink.text, radius: Layout.radius)
        canvas.marker(.cross, x(bar.removed), middle, color: Ink.text, radius: Layout.radius)
        canvas.text(
          Self.percent(bar.share), width, middle + 4, anchor: .end)
        top += Layout.row
      }
    }
    canvas.line(x(0), Layout.title, x(0), bottom, color: Ink.axis)
    return canvas.document(title: title, description: summary, id: id)
  }

  /// A share in percent; ~0 where it would be zero in two places.
  private static func percent(_ share: Double) -> String {
    guard share.magnitude >= 5e-5 else { return share == 0 ? "0\u{a0}%" : "~0\u{a0}%" }
    return ReadableNumber.percent(share, digits: 2)
      .replacing("-", with: ReadableNumber.minus)
  }

  package func tex(data: String) -> String {
    var document = TeXDocument()
    let fill = document.color(Ink.levels[4])
    document.line(
      "\\begin{groupplot}[group style={group size=1 by \(max(panels.count, 1)), vertical sep=18mm},"
        + " width=120mm, xbar, y dir=reverse, xlabel={share of the squared error [1]}]")
    for panel in panels {
      let count = panel.bars.count
      let ticks = (0..<count).map(String.init).joined(separator: ",")
      let names = panel.bars.map { "{\(Escaping.tex($0.label))}" }.joined(separator: ",")
      document.line(
        "\\nextgroupplot[title={\(Escaping.tex(panel.title))}, height=\(20 + 5 * count)mm,"
          + " ytick={\(ticks)}, yticklabels={\(names)}]")
      document.line(
        "\\addplot[fill=\(fill), draw=none] coordinates {"
          + panel.bars.enumerated().map { "(\($1.share),\($0))" }.joined(separator: " ") + "};")
      document.line(
        "\\addplot[only marks, mark=o, black] coordinates {"
          + panel.bars.enumerated().map { "(\($1.alone),\($0))" }.joined(separator: " ") + "};")
      document.line(
        "\\addplot[only marks, mark=x, black] coordinates {"
          + panel.bars.enumerated().map { "(\($1.removed),\($0))" }.joined(separator: " ") + "};")
    }
    document.line("\\end{groupplot}")
    return document.text(comment: "\(title)\n\(summary)\nThe same numbers stand in \(data).")
  }
}
