// SPDX-License-Identifier: Apache-2.0

/// Shares of values per binade, in panels below each other over one exponent axis.
public struct Histogram: Figure {
  /// One distribution.
  public struct Panel: Hashable, Sendable {
    /// The heading.
    public var title: String
    /// The share of the values with floor(log2 |x|) = exponent, by exponent.
    public var shares: [Int: Double]
    /// The share of zeros.
    public var zeros: Double
    /// The share of subnormal values, whose exponents are not told apart.
    public var subnormals: Double
    /// Magnitudes that mean something, drawn as lines.
    public var limits: [Limit]

    /// The distribution with the given shares.
    public init(
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
  public struct Limit: Hashable, Sendable {
    /// log2 of the magnitude.
    public var position: Double
    /// What it means, a word or two.
    public var label: String

    /// The limit.
    public init(_ position: Double, _ label: String) {
      self.position = position
      self.label = label
    }
  }

  /// The stem of the figure's files.
  public var name: String
  /// The heading.
  public var title: String
  /// What is drawn and how to read it.
  public var summary: String
  /// The distributions, from the top.
  public var panels: [Panel]

  /// The figure of some distributions.
  public init(name: String, title: String, summary: String, panels: [Panel]) {
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
  public var table: DataTable {
    var table = DataTable(
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

  /// The column of each panel, in their order.
  var keys: [String] {
    ColumnNames.unique(panels.map(\.title), reserved: ["bin", "exponent"])
  }

  /// The SVG document at a width in CSS pixels.
  public func svg(width: Double, id: String) -> String {
    let plotHeight = 74.0
    let head = 34.0
    let foot = 26.0
    let panelHeight = head + plotHeight + foot
    var canvas = Canvas(width: width, height: panelHeight * Double(panels.count) + 16)
    let exponents = drawnExponents
    // Two bins of their own left of the axis: zero, and what the format stores as subnormal.
    let side = 112.0
    let binWidth = (width - side - 12) / Double(exponents.count)
    let highest =
      panels.flatMap { [$0.zeros, $0.subnormals] + Array($0.shares.values) }
      .filter(\.isFinite).max() ?? 0
    let vertical = FittedAxis(
      Axis("share of values", unit: "%", including: [0]), values: [highest * 100], most: 4,
      padding: 0)
    for (index, panel) in panels.enumerated() {
      let plot = LineChart.Plot(
        left: side, top: Double(index) * panelHeight + head, width: width - side - 12,
        height: plotHeight)
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

  private func draw(
    _ panel: Panel, in plot: LineChart.Plot, first: Int, binWidth: Double, vertical: FittedAxis,
    on canvas: inout Canvas
  ) {
    canvas.text(panel.title, 2, plot.top - 21, size: Canvas.titleSize, bold: true)
    canvas.text(vertical.axis.title, 2, plot.top - 7, color: Ink.quiet)
    for tick in vertical.ticks {
      let y = plot.bottom - vertical.share(position: tick.position) * plot.height
      canvas.line(36, y, plot.right, y, color: Ink.grid)
      canvas.label(tick.label, 30, y + 4, anchor: .end)
    }
    func bar(_ x: Double, _ width: Double, _ share: Double, _ fill: String) {
      guard share > 0, let height = vertical.share(share * 100) else { return }
      canvas.rectangle(
        x, plot.bottom - height * plot.height, max(width, 0.5), height * plot.height, fill: fill)
    }
    bar(40, 18, panel.zeros, Ink.levels[6])
    bar(66, 18, panel.subnormals, Ink.levels[3])
    canvas.line(38, plot.bottom, 86, plot.bottom, color: Ink.axis)
    canvas.text("0", 49, plot.bottom + 15, size: Canvas.noteSize, color: Ink.quiet, anchor: .middle)
    canvas.text(
      "sub", 75, plot.bottom + 15, size: Canvas.noteSize, color: Ink.quiet, anchor: .middle)
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
