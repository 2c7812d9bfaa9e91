// SPDX-License-Identifier: Apache-2.0

extension HeatMap {
  /// The distances of the layout in CSS pixels.
  enum Layout {
    static let rowHeight = 13.0
    static let leastCell = 4.0
    static let keyHeight = 44.0
    static let swatch = (width: 34.0, height: 11.0)
    static let head = 24.0
    /// Under a panel: nothing but space, or the ticks' labels.
    static let gapBelow = 8.0
    static let foot = 24.0
    static let gap = 16.0
    /// Room for the half of a tick label that stands beyond the last column.
    static let margin = 14.0
    static let titleHeight = 16.0
    /// The height of a drawing of which two stand on a sheet of paper.
    static let mostHeight = 480.0
    static let leastRows = 6
    /// The greatest share of the width that the rows' names may take.
    static let mostSide = 0.36
  }

  /// The panels side by side where there is room.
  private var panelsAcross: Int {
    switch panels.count {
    case ...1: 1
    case 2...4: 2
    case 5...9: 3
    default: 4
    }
  }

  /// The rows that fit into a drawing of its greatest height.
  var rowLimit: Int {
    let lines = max(1, (panels.count + panelsAcross - 1) / panelsAcross)
    let fixed =
      Layout.keyHeight + Layout.titleHeight + Layout.foot
      + Double(lines) * (Layout.head + Layout.gapBelow)
    let room = (Layout.mostHeight - fixed) / Double(lines) / Layout.rowHeight
    return max(Layout.leastRows, Int(room))
  }

  /// The SVG document at a width in CSS pixels.
  package func svg(width: Double, id: String) -> String {
    let drawn = drawnRows
    let names = drawn.map {
      Canvas.fitted(rows[$0], width: width * Layout.mostSide, size: Canvas.noteSize)
    }
    let side = (names.map { Canvas.textWidth($0, size: Canvas.noteSize) }.max() ?? 0) + 10
    let across = width < FigureWidth.singleColumn ? 1 : panelsAcross
    let cellWidth =
      (width - side - Double(across - 1) * Layout.gap - Layout.margin) / Double(across)
    let plotHeight = Double(drawn.count) * Layout.rowHeight
    let panelHeight = Layout.head + plotHeight + Layout.gapBelow
    let lines = (panels.count + across - 1) / across
    var canvas = Canvas(
      width: width,
      height: Layout.keyHeight + Double(lines) * panelHeight + Layout.foot + Layout.titleHeight)
    drawKey(on: &canvas)
    for (index, panel) in panels.enumerated() {
      let plot = LineChart.Plot(
        left: side + Double(index % across) * (cellWidth + Layout.gap),
        top: Layout.keyHeight + Double(index / across) * panelHeight + Layout.head,
        width: max(cellWidth, Layout.leastCell), height: plotHeight)
      canvas.text(
        Canvas.fitted(panel.title, width: plot.width, size: Canvas.titleSize), plot.left,
        plot.top - 7, size: Canvas.titleSize, bold: true)
      if index % across == 0 {
        for (row, name) in names.enumerated() {
          canvas.text(
            name, plot.left - 6, plot.top + (Double(row) + 0.5) * Layout.rowHeight + 3.5,
            size: Canvas.noteSize, color: Ink.quiet, anchor: .end)
        }
      }
      drawCells(of: panel, rows: drawn, in: plot, on: &canvas)
      // Panels above each other share an axis.
      guard index >= panels.count - across else { continue }
      let axis = FittedAxis(
        x, values: columns, most: max(2, Int(plot.width / LineChart.Layout.tickSpacing)),
        padding: 0)
      canvas.horizontalAxis(axis, in: plot, isTitled: index == panels.count - 1)
    }
    return canvas.document(title: title, description: summary, id: id)
  }

  /// The columns that one drawn cell covers: as few as leave a cell its least width.
  private func groups(width: Double) -> [Range<Int>] {
    let most = max(1, Int(width / Layout.leastCell))
    let size = max(1, (columns.count + most - 1) / most)
    return stride(from: 0, to: columns.count, by: size).map {
      $0..<min($0 + size, columns.count)
    }
  }

  private func drawCells(
    of panel: Panel, rows: [Int], in plot: LineChart.Plot, on canvas: inout Canvas
  ) {
    canvas.rectangle(
      plot.left, plot.top, plot.width, plot.height, fill: Ink.missing)
    let groups = groups(width: plot.width)
    let cell = plot.width / Double(max(groups.count, 1))
    // One path per shade: a hundredth of the elements, and no seams between cells.
    var zero = ""
    var shades = [String](repeating: "", count: Ink.levels.count)
    for (line, row) in rows.enumerated() {
      var run: (level: Int?, start: Int)?
      func close(at end: Int) {
        guard let open = run else { return }
        let y = plot.top + Double(line) * Layout.rowHeight + 0.5
        let data =
          "M\(Canvas.pair(plot.left + Double(open.start) * cell, y))"
          + "h\(Canvas.number(Double(end - open.start) * cell))"
          + "v\(Canvas.number(Layout.rowHeight - 1))"
          + "H\(Canvas.number(plot.left + Double(open.start) * cell))z"
        if let level = open.level { shades[level] += data } else { zero += data }
        run = nil
      }
      for (index, group) in groups.enumerated() {
        let values = group.map { panel.value(row, $0) }.filter(\.isFinite)
        guard let worst = values.max(by: { $0.magnitude < $1.magnitude }) else {
          close(at: index)
          continue
        }
        let level = key.level(worst)
        if let open = run, open.level == level { continue }
        close(at: index)
        run = (level, index)
      }
      close(at: groups.count)
    }
    canvas.area(zero, fill: Ink.paper)
    for (level, data) in shades.enumerated() { canvas.area(data, fill: Ink.levels[level]) }
    canvas.rectangle(
      plot.left, plot.top, plot.width, plot.height, fill: "none", stroke: Ink.axis)
  }

  /// Draws the shades with the limits between them; zero and "not measured" have swatches apart.
  private func drawKey(on canvas: inout Canvas) {
    let (width, height) = Layout.swatch
    let shadeWidth = min(width, (canvas.width - 60) / Double(key.limits.count + 3))
    canvas.text(key.title, 2, 11, color: Ink.quiet)
    // Labels that would touch: every other one.
    let widest = key.labels.map { Canvas.labelWidth($0, size: Canvas.noteSize) }.max() ?? 0
    let isCrowded = widest + 4 > shadeWidth
    var x = 2.0
    let y = 18.0
    canvas.rectangle(x, y, shadeWidth, height, fill: Ink.paper, stroke: Ink.axis)
    canvas.text(
      "0", x + shadeWidth / 2, y + height + 11, size: Canvas.noteSize, color: Ink.quiet,
      anchor: .middle)
    x += shadeWidth + 8
    for level in 0...key.limits.count {
      canvas.rectangle(x, y, shadeWidth, height, fill: Ink.levels[level])
      if level > 0, key.labels.indices.contains(level - 1), !isCrowded || level % 2 == 1 {
        canvas.label(
          key.labels[level - 1], x, y + height + 11, size: Canvas.noteSize, anchor: .middle)
      }
      x += shadeWidth
    }
    guard panels.contains(where: { $0.values.contains { $0.contains(where: \.isNaN) } }) else {
      return
    }
    x += 8
    canvas.rectangle(x, y, shadeWidth, height, fill: Ink.missing, stroke: Ink.grid)
    canvas.text(
      "n/a", x + shadeWidth / 2, y + height + 11, size: Canvas.noteSize, color: Ink.quiet,
      anchor: .middle)
  }
}
