// SPDX-License-Identifier: Apache-2.0
import Tables

/// Shares of values per binade, in panels below each other over one exponent axis.
package struct Histogram: Figure {
  /// One distribution.
  package struct Panel: Hashable, Sendable {
    /// The heading.
    package var title: String
    /// The share of the values with floor(log2 |x|) = exponent, by exponent.
    package var shares: [Int: Double]
    /// The share of zeros.
    package var zeros: Double
    /// The share of subnormal values, whose exponents are not told apart.
    package var subnormals: Double
    /// Magnitudes that mean something, drawn as lines.
    package var limits: [Limit]

    /// The distribution with the given shares.
    package init(
      _ title: String, shares: [Int: Double], zeros: Double, subnormals: Double, limits: [Limit]
    ) {
      self.title = title
      self.shares = shares
      self.zeros = zeros
      self.subnormals = subnormals
      self.limits = limits
    }
  }

  /// A magnitude that means something.
  package struct Limit: Hashable, Sendable {
    /// log2 of the magnitude.
    package var position: Double
    /// What it means, a word or two.
    package var label: String

    /// The limit.
    package init(_ position: Double, _ label: String) {
      self.position = position
      self.label = label
    }
  }

  /// The stem of the figure's files.
  package var name: String
  /// The heading.
  package var title: String
  /// What is drawn and how to read it.
  package var summary: String
  /// The distributions, from the top.
  package var panels: [Panel]

  /// The figure of some distributions.
  package init(name: String, title: String, summary: String, panels: [Panel]) {
    self.name = name
    self.title = title
    self.summary = summary
    self.panels = panels
  }

  /// The exponents of all panels, without holes.
  var exponents: ClosedRange<Int> {
    let all = panels.flatMap { $0.shares.filter { $0.value > 0 }.keys }
    return (all.min() ?? 0)...(all.max() ?? 0)
  }

  /// The least share of a binade that an axis reaches out for: a fifth of a pixel.
  static let leastDrawn = 0.0005

  /// The exponents from the first to the last that hold a share worth drawing, and up to a limit
  /// near by.
  var drawnExponents: ClosedRange<Int> {
    let all = panels.flatMap { $0.shares.filter { $0.value >= Histogram.leastDrawn }.keys }
    let low = all.min() ?? exponents.lowerBound
    let high = max(low, all.max() ?? exponents.upperBound)
    let limits = panels.flatMap(\.limits).map { Int($0.position.rounded(.down)) }
    let reach = Histogram.limitReach
    return
      (limits.filter { $0 < low && $0 >= low - reach }.min() ?? low)...(limits.filter {
        $0 > high && $0 <= high + reach
      }.max() ?? high)
  }

  /// The binades that an axis is drawn further to show a limit.
  private static let limitReach = 12

  /// A row per exponent with a share per panel, then the rows `zero` and `subnormal`.
  package var table: Table {
    var table = Table(
      columns: ["bin", "exponent"] + keys)
    for exponent in exponents {
      table.append(
        [.text("normal"), .integer(Int64(exponent))]
          + panels.map { .number($0.shares[exponent] ?? 0) })
    }
    table.append([.text("zero"), .number(.nan)] + panels.map { .number($0.zeros) })
    table.append([.text("subnormal"), .number(.nan)] + panels.map { .number($0.subnormals) })
    return table
  }

  /// The panels that are drawn: where there is no room for all, the first and those of which most
  /// is zero or subnormal.
  var drawnPanels: [Panel] {
    guard panels.count > Layout.most else { return panels }
    func loss(_ panel: Panel) -> Double { panel.zeros + panel.subnormals }
    let rest = panels.indices.dropFirst().sorted {
      (loss(panels[$0]), $1) > (loss(panels[$1]), $0)
    }
    return [panels[0]] + rest.prefix(Layout.most - 1).sorted().map { panels[$0] }
  }

  /// What is to be said about the panels that are not drawn; empty where none is left out.
  package var panelNote: String {
    let drawn = drawnPanels.count
    return drawn == panels.count
      ? ""
      : " Drawn beside the first: of \(panels.count - 1) distributions the \(drawn - 1) with the greatest "
        + "shares of zeros and subnormal numbers; all are in the data."
  }

  /// The column of each panel, in their order.
  var keys: [String] {
    ColumnNames.unique(panels.map(\.title), reserved: ["bin", "exponent"])
  }

  /// The SVG document at a width in CSS pixels.
  package func svg(width: Double, id: String) -> String {
    let panels = drawnPanels
    let plotHeight = panels.count > Layout.mostTall ? 54.0 : 74.0
    let head = 34.0
    let foot = 26.0
    let panelHeight = head + plotHeight + foot
    let across =
      panels.count > Layout.mostAlone && width >= FigureWidth.singleColumn ? 2 : 1
    let lines = (panels.count + across - 1) / across
    let cell = (width - Double(across - 1) * Layout.gap) / Double(across)
    var canvas = Canvas(width: width, height: panelHeight * Double(lines) + 16)
    let exponents = drawnExponents
    let plotWidth = cell - Layout.side - Layout.margin
    let binWidth = plotWidth / Double(exponents.count)
    let highest =
      panels.flatMap { [$0.zeros, $0.subnormals] + Array($0.shares.values) }
      .filter(\.isFinite).max() ?? 0
    let vertical = FittedAxis(
      Axis("share of values", unit: "%", including: [0]), values: [highest * 100],
      most: plotHeight > 60 ? 4 : 3, padding: 0)
    for (index, panel) in panels.enumerated() {
      let plot = LineChart.Plot(
        left: Double(index % across) * (cell + Layout.gap) + Layout.side,
        top: Double(index / across) * panelHeight + head, width: plotWidth, height: plotHeight)
      draw(
        panel, in: plot, first: exponents.lowerBound, binWidth: binWidth, vertical: vertical,
        on: &canvas)
      let axis = FittedAxis(
        Axis("magnitude", unit: "1", scale: .log2), exponents: exponents,
        most: max(2, Int(plot.width / 44)))
      canvas.horizontalAxis(axis, in: plot, isTitled: index == panels.count - 1)
    }
    return canvas.document(title: title, description: summary, id: id)
  }

  /// The distances of the layout in CSS pixels.
  private enum Layout {
    /// Room for two bins of their own left of the axis: zero, and what the format stores as
    /// subnormal.
    static let side = 112.0
    static let margin = 12.0
    static let gap = 14.0
    /// More panels stand side by side, still more are lower, and no more are drawn: two drawings
    /// stand on a sheet of paper.
    static let mostAlone = 3
    static let mostTall = 6
    static let most = 8
  }

  private func draw(
    _ panel: Panel, in plot: LineChart.Plot, first: Int, binWidth: Double, vertical: FittedAxis,
    on canvas: inout Canvas
  ) {
    let left = plot.left - Layout.side
    canvas.text(
      Canvas.fitted(panel.title, width: Layout.side + plot.width, size: Canvas.titleSize), left + 2,
      plot.top - 21, size: Canvas.titleSize, bold: true)
    canvas.text(vertical.axis.title, left + 2, plot.top - 7, color: Ink.quiet)
    for tick in vertical.ticks {
      let y = plot.bottom - vertical.share(position: tick.position) * plot.height
      canvas.line(left + 36, y, plot.right, y, color: Ink.grid)
      canvas.label(tick.label, left + 30, y + 4, anchor: .end)
    }
    func bar(_ x: Double, _ width: Double, _ share: Double, _ fill: String) {
      guard share > 0, let height = vertical.share(share * 100) else { return }
      canvas.rectangle(
        x, plot.bottom - height * plot.height, max(width, 0.5), height * plot.height, fill: fill)
    }
    bar(left + 40, 18, panel.zeros, Ink.levels[6])
    bar(left + 66, 18, panel.subnormals, Ink.levels[3])
    canvas.line(left + 38, plot.bottom, left + 86, plot.bottom, color: Ink.axis)
    canvas.text(
      "0", left + 49, plot.bottom + 15, size: Canvas.noteSize, color: Ink.quiet, anchor: .middle)
    canvas.text(
      "sub", left + 75, plot.bottom + 15, size: Canvas.noteSize, color: Ink.quiet, anchor: .middle)
    for (exponent, share) in panel.shares.sorted(by: { $0.key < $1.key })
    where drawnExponents.contains(exponent) {
      bar(
        plot.left + Double(exponent - first) * binWidth + binWidth * 0.06, binWidth * 0.88, share,
        Ink.levels[4])
    }
    // Labels of neighbouring lines stand above each other.
    var free = [-Double.infinity, -Double.infinity, -Double.infinity]
    for limit in panel.limits.sorted(by: { $0.position < $1.position }) {
      let x = plot.left + (limit.position - Double(first)) * binWidth
      guard x >= plot.left - 0.5, x <= plot.right + 0.5 else { continue }
      canvas.line(x, plot.top - 4, x, plot.bottom, color: Ink.alarm, width: 1, dash: "3 2")
      let width = Double(limit.label.count) * 5.6 + 8
      let isLeft = x + width > plot.right + 8
      let row = free.firstIndex { $0 <= (isLeft ? x - width : x) } ?? 0
      free[row] = isLeft ? x : x + width
      canvas.text(
        limit.label, isLeft ? x - 3 : x + 3, plot.top - 4 - 11 * Double(row),
        size: Canvas.noteSize, color: Ink.alarm, anchor: isLeft ? .end : .start)
    }
  }
}
