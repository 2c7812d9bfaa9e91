// SPDX-License-Identifier: Apache-2.0

extension LineChart {
  /// The distances of the layout in CSS pixels.
  enum Layout {
    /// Least room for the ticks' labels, and what lies between them and the plot or the edge.
    static let left = 50.0
    static let labelGap = 7.0
    /// The greatest share of a panel's width that names at the ends of lines may take.
    static let mostGutter = 0.36
    static let gap = 14.0
    static let head = 44.0
    static let foot = 40.0
    static let labelSpacing = 13.5
    static let leader = 12.0
    static let tickSpacing = 62.0
    static let valueSpacing = 30.0
    static let baseline = 4.0
  }

  /// The rectangle of a plot.
  struct Plot {
    var left: Double
    var top: Double
    var width: Double
    var height: Double
    /// The room for names right of it.
    var gutter = 0.0
    /// The room for labels left of it.
    var side = Layout.left
    var bottom: Double { top + height }
    var right: Double { left + width }
  }

  /// Where the points of all series lie on the horizontal axis.
  private var horizontalValues: [Double] {
    panels.flatMap { $0.series.flatMap { $0.points.map(\.x) } }
  }

  private var lastX: Double { horizontalValues.max() ?? 0 }

  /// The SVG document at a width in CSS pixels.
  package func svg(width: Double, id: String) -> String {
    let widest = widestName + Layout.leader + Layout.baseline
    let columns = columns(of: width, widestName: widest)
    // The first of an odd number has a row to itself instead of leaving a hole at the end.
    let lead = columns == 2 && panels.count % 2 == 1 ? 1 : 0
    let rows = lead + (panels.count - lead + columns - 1) / columns
    let cell = (width - Double(columns - 1) * Layout.gap) / Double(columns)
    let rowHeight = Layout.head + plotHeight + Layout.foot
    var canvas = Canvas(width: width, height: max(rowHeight * Double(rows), Layout.head))
    let verticals = panels.map(verticalAxis)
    let left =
      verticals.flatMap(\.ticks).map { Canvas.labelWidth($0.label) + 2 * Layout.labelGap }
      .reduce(Layout.left, max)
    // Names of one width for all panels, so that the plots align.
    let gutter = min(widest, cell * Layout.mostGutter)
    for (index, panel) in panels.enumerated() {
      let isLead = index < lead
      let place = index - lead
      let plot = Plot(
        left: (isLead ? 0 : Double(place % columns) * (cell + Layout.gap)) + left,
        top: (isLead ? 0 : Double(lead + place / columns) * rowHeight) + Layout.head,
        width: max((isLead ? width : cell) - left - gutter, Layout.left), height: plotHeight,
        gutter: gutter, side: left)
      draw(panel, vertical: verticals[index], in: plot, on: &canvas)
    }
    return canvas.document(title: title, description: summary, id: id)
  }

  /// The width of the widest name at the end of a line.
  private var widestName: Double {
    let lastX = lastX
    let names = panels.flatMap {
      $0.series.filter { $0.shape != .marks && !$0.name.isEmpty }.map {
        $0.label(in: lastX, on: x.scale)
      }
        + $0.marks.map(\.label)
    }
    return names.map { Canvas.textWidth($0) }.max() ?? 0
  }

  /// How many panels stand beside each other: as many as were asked for where the names at the ends
  /// of lines and the headings find room then, otherwise one.
  private func columns(of width: Double, widestName: Double) -> Int {
    let wanted = max(1, min(columns, panels.count))
    guard wanted > 1, width >= FigureWidth.singleColumn else { return 1 }
    let cell = (width - Double(wanted - 1) * Layout.gap) / Double(wanted)
    let heading = panels.map { Canvas.textWidth($0.title, size: Canvas.titleSize) }.max() ?? 0
    return widestName <= cell * Layout.mostGutter && heading <= cell ? wanted : 1
  }

  private func verticalAxis(_ panel: Panel) -> FittedAxis {
    FittedAxis(
      panel.axis,
      values: panel.series.flatMap { $0.points.flatMap(\.reach) } + panel.marks.map(\.value),
      most: max(2, Int(plotHeight / Layout.valueSpacing)))
  }

  private func draw(
    _ panel: Panel, vertical: FittedAxis, in plot: Plot, on canvas: inout Canvas
  ) {
    let horizontal = FittedAxis(
      x, values: horizontalValues, most: max(2, Int(plot.width / Layout.tickSpacing)), padding: 0)
    canvas.frame(
      plot, horizontal: horizontal, vertical: vertical, title: panel.title)

    let place = { (point: Point) -> (x: Double, y: Double)? in
      guard let x = horizontal.share(point.x), let y = vertical.share(point.y) else { return nil }
      return (plot.left + x * plot.width, plot.bottom - y * plot.height)
    }
    for series in panel.series {
      drawBars(of: series, place: place, on: &canvas)
      stroke(series, place: place, on: &canvas)
    }
    for mark in panel.marks {
      guard let share = vertical.share(mark.value) else { continue }
      let y = plot.bottom - share * plot.height
      canvas.line(plot.left, y, plot.right, y, color: Ink.axis, width: 0.8, dash: "2 3")
    }
    let marks = panel.marks.compactMap { mark in
      vertical.share(mark.value).map { (mark.label, plot.bottom - $0 * plot.height) }
    }
    nameLines(of: panel, marks: marks, in: plot, place: place, on: &canvas)
    nameMarks(of: panel, in: plot, on: &canvas)
  }

  /// Draws the error bars of a series with a tick at each end that is one.
  private func drawBars(
    of series: Series, place: (Point) -> (x: Double, y: Double)?, on canvas: inout Canvas
  ) {
    for point in series.points {
      guard let bar = point.bar, let low = place(Point(point.x, bar.lowerBound)),
        let high = place(Point(point.x, bar.upperBound))
      else { continue }
      canvas.line(low.x, low.y, high.x, high.y, color: series.style.color, width: 1)
      for end in point.isBarOpen ? [high] : [low, high] {
        canvas.line(
          end.x - Layout.baseline, end.y, end.x + Layout.baseline, end.y,
          color: series.style.color, width: 1)
      }
      if let middle = place(point) {
        canvas.marker(series.style.marker, middle.x, middle.y, color: series.style.color)
      }
    }
  }

  /// Strokes each unbroken run of a series; a run of a single point becomes a marker, because a
  /// line without length is invisible.
  private func stroke(
    _ series: Series, place: (Point) -> (x: Double, y: Double)?, on canvas: inout Canvas
  ) {
    if series.shape == .marks {
      for position in series.points.compactMap(place) {
        canvas.marker(.cross, position.x, position.y, color: series.style.color, radius: 3.4)
      }
      return
    }
    var path = ""
    for points in LineChart.runs(series.points.map(place)) {
      guard points.count > 1 else {
        canvas.marker(.circle, points[0].x, points[0].y, color: series.style.color, radius: 2)
        continue
      }
      path += "M\(Canvas.pair(points[0].x, points[0].y))"
      for (previous, point) in zip(points, points.dropFirst()) {
        if series.shape == .step { path += "H\(Canvas.number(point.x))" }
        if series.shape == .line || point.y != previous.y {
          path +=
            series.shape == .step
            ? "V\(Canvas.number(point.y))" : "L\(Canvas.pair(point.x, point.y))"
        }
      }
    }
    canvas.path(
      path, color: series.style.color, width: series.style.width, dash: series.style.dash)
  }

  /// The maximal runs of positions without a gap; none is empty.
  private static func runs(
    _ positions: [(x: Double, y: Double)?]
  ) -> [[(x: Double, y: Double)]] {
    var runs: [[(x: Double, y: Double)]] = []
    var isOpen = false
    for position in positions {
      guard let position else {
        isOpen = false
        continue
      }
      if isOpen {
        runs[runs.count - 1].append(position)
      } else {
        runs.append([position])
      }
      isOpen = true
    }
    return runs
  }

  /// A name in the right margin: what it names, where that ends, and its look.
  private struct End {
    var name: String
    var x: Double
    var y: Double
    /// Nil for a mark.
    var style: SeriesStyle?
    /// Whether the line ends so far from the name that a leader would read as its course.
    var isEarly = false
  }

  /// Writes each line's name right of its last point and each mark's at its line's end, moved apart
  /// where names would overlap, with a leader to a name that moved.
  private func nameLines(
    of panel: Panel, marks: [(name: String, y: Double)], in plot: Plot,
    place: (Point) -> (x: Double, y: Double)?, on canvas: inout Canvas
  ) {
    let lastX = lastX
    let lines = panel.series.filter { $0.shape != .marks && !$0.name.isEmpty }.compactMap {
      series in
      series.points.reversed().lazy.compactMap(place).first.map {
        End(
          name: series.label(in: lastX, on: x.scale), x: $0.x, y: $0.y, style: series.style,
          isEarly: series.endsEarly(in: lastX))
      }
    }
    let ends = (lines + marks.map { End(name: $0.name, x: plot.right, y: $0.y) })
      .sorted { ($0.y, $0.name) < ($1.y, $1.name) }
    let positions = Spread.apart(
      ends.map(\.y), spacing: Layout.labelSpacing, within: plot.top...plot.bottom)
    for (end, y) in zip(ends, positions) {
      let x = plot.right + Layout.leader
      let color = end.style?.color ?? Ink.axis
      if let style = end.style { canvas.marker(style.marker, end.x, end.y, color: color) }
      if !end.isEarly {
        canvas.line(end.x + Layout.baseline, end.y, x - 2, y, color: color, width: 0.6)
      }
      let isQuiet = end.style == nil || end.style == .reference
      // The gutter is as wide as the widest name, but for the rounding of its sum.
      let name = Canvas.fitted(
        end.name, width: plot.gutter - Layout.leader - Layout.baseline + 0.01)
      canvas.text(name, x, y + Layout.baseline, color: isQuiet ? Ink.quiet : color)
    }
  }

  /// Explains the crosses of a panel at the right end of its head.
  private func nameMarks(of panel: Panel, in plot: Plot, on canvas: inout Canvas) {
    var x = plot.right
    for series in panel.series where series.shape == .marks && !series.points.isEmpty {
      canvas.text(
        series.name, x, plot.top - Layout.gap / 2 - 1, color: series.style.color, anchor: .end)
      x -= Canvas.textWidth(series.name) + Layout.leader
      canvas.marker(
        .cross, x, plot.top - Layout.gap / 2 - 5, color: series.style.color, radius: 3.4)
      x -= Layout.gap
    }
  }
}

extension LineChart.Point {
  /// The ordinates that it takes up.
  fileprivate var reach: [Double] { [y] + (bar.map { [$0.lowerBound, $0.upperBound] } ?? []) }
}

extension LineChart.Series {
  /// Whether the last value is in the first half of an axis that begins near zero.
  fileprivate func endsEarly(in lastX: Double) -> Bool {
    let end = points.last { $0.y.isFinite }?.x ?? lastX
    return end < lastX / 2
  }

  /// The name, of a line that ends early with where.
  fileprivate func label(in lastX: Double, on scale: Scale) -> String {
    guard endsEarly(in: lastX), let end = points.last(where: { $0.y.isFinite })?.x else {
      return name
    }
    let place =
      scale == .log2 && end.significand == 1
      ? "2^\(end.exponent)" : ReadableNumber.trimmed(end, digits: 0)
    return "\(name) to \(place)"
  }
}

/// Positions on a line kept at a distance.
enum Spread {
  /// The ascending `positions` moved as little as a single sweep each way can, so that neighbours
  /// are `spacing` apart and all lie in `bounds` if they fit; otherwise evenly over `bounds`.
  static func apart(
    _ positions: [Double], spacing: Double, within bounds: ClosedRange<Double>
  ) -> [Double] {
    guard positions.count > 1 else { return positions }
    let room = bounds.upperBound - bounds.lowerBound
    let spacing = min(spacing, room / Double(positions.count - 1))
    // Runs of touching names are centred on the mean of their wanted positions.
    var blocks: [(sum: Double, count: Int)] = []
    func first(_ block: (sum: Double, count: Int)) -> Double {
      let extent = Double(block.count - 1) * spacing
      let wanted = block.sum / Double(block.count) - extent / 2
      return min(max(wanted, bounds.lowerBound), bounds.upperBound - extent)
    }
    for position in positions {
      blocks.append((position, 1))
      while blocks.count > 1 {
        let last = blocks[blocks.count - 1]
        let previous = blocks[blocks.count - 2]
        let end = first(previous) + Double(previous.count) * spacing
        guard end > first(last) else { break }
        blocks.removeLast(2)
        blocks.append((previous.sum + last.sum, previous.count + last.count))
      }
    }
    return blocks.flatMap { block in
      (0..<block.count).map { first(block) + Double($0) * spacing }
    }
  }
}
