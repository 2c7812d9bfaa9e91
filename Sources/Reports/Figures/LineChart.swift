// SPDX-License-Identifier: Apache-2.0
import Tables

/// Curves over a common x axis in one or more panels, each named at its end instead of in a legend.
package struct LineChart: Figure {
  /// A point of a series.
  package struct Point: Hashable, Sendable {
    /// The abscissa.
    package var x: Double
    /// The ordinate.
    package var y: Double
    /// The ends of an error bar; nil for none.
    package var bar: ClosedRange<Double>?
    /// Whether the bar goes on below its lower end, which then has no tick.
    package var isBarOpen = false
    /// The point; a y that is not finite is a gap.
    package init(_ x: Double, _ y: Double, bar: ClosedRange<Double>? = nil) {
      self.x = x
      self.y = y
      self.bar = bar
    }
  }

  /// How the points of a series are joined.
  package enum Shape: Hashable, Sendable {
    /// Straight lines.
    case line
    /// The value of a point holds until the next.
    case step
    /// Not joined: a cross at each point.
    case marks
  }

  /// A named run of points, ascending in x.
  package struct Series: Hashable, Sendable {
    /// The name, written at the last point; empty where the axis says it.
    package var name: String
    /// The look.
    package var style: SeriesStyle
    /// How the points are joined.
    package var shape: Shape
    /// The points.
    package var points: [Point]
    /// Whether a point has an error bar.
    var hasBars: Bool { points.contains { $0.bar != nil } }
    /// The series with the given points.
    package init(_ name: String, style: SeriesStyle, shape: Shape = .line, points: [Point]) {
      self.name = name
      self.style = style
      self.shape = shape
      self.points = points
    }
  }

  /// A y value that means something, drawn as a thin line across the panel.
  package struct Mark: Hashable, Sendable {
    /// The y value.
    package var value: Double
    /// What it means.
    package var label: String
    /// The mark.
    package init(_ value: Double, _ label: String) {
      self.value = value
      self.label = label
    }
  }

  /// One plot.
  package struct Panel: Hashable, Sendable {
    /// The heading; may be empty.
    package var title: String
    /// The y axis.
    package var axis: Axis
    /// The curves, later ones on top.
    package var series: [Series]
    /// The lines across.
    package var marks: [Mark]
    /// The plot of some series; the title may be empty.
    package init(_ title: String = "", axis: Axis, series: [Series], marks: [Mark] = []) {
      self.title = title
      self.axis = axis
      self.series = series
      self.marks = marks
    }
  }

  /// The stem of the figure's files.
  package var name: String
  /// The heading.
  package var title: String
  /// What is drawn and how to read it.
  package var summary: String
  /// The x axis of all panels.
  package var x: Axis
  /// The plots, in reading order.
  package var panels: [Panel]
  /// The number of panels side by side where there is room.
  package var columns: Int
  /// The height of a plot in CSS pixels.
  package var plotHeight: Double

  /// The chart of some panels.
  package init(
    name: String, title: String, summary: String, x: Axis, panels: [Panel], columns: Int = 1,
    plotHeight: Double = 190
  ) {
    self.name = name
    self.title = title
    self.summary = summary
    self.x = x
    self.panels = panels
    self.columns = columns
    self.plotHeight = plotHeight
  }

  /// The drawn points: x and, per panel and series, y; NaN where a series has no point. A series
  /// with error bars has the distances to their ends beside it.
  package var table: Table {
    let all = panels.flatMap(\.series)
    let columns = zip(keys, all).flatMap { key, series in
      series.hasBars ? [key] + Self.barKeys(key) : [key]
    }
    var table = Table(columns: [x.label] + columns)
    let points = all.map { series in
      // A later point at the same x wins, as it does in the drawing.
      Dictionary(series.points.map { ($0.x, $0) }) { _, last in last }
    }
    let xs = Set(all.flatMap { $0.points.map(\.x) }.filter(\.isFinite)).sorted()
    for x in xs {
      let cells = zip(all, points).flatMap { series, points -> [Table.Cell] in
        let point = points[x]
        let y = point?.y ?? .nan
        guard series.hasBars else { return [.number(y)] }
        return [
          .number(y), .number(point?.bar.map { y - $0.lowerBound } ?? .nan),
          .number(point?.bar.map { $0.upperBound - y } ?? .nan),
        ]
      }
      table.append([.number(x)] + cells)
    }
    return table
  }

  /// The columns of the distances to the lower and the upper ends of a series' error bars.
  static func barKeys(_ key: String) -> [String] { [key + "_below", key + "_above"] }

  /// The column of each series, in the order of panels and series.
  var keys: [String] {
    let names = panels.flatMap { panel in
      panel.series.map { series in
        let part = panel.title.isEmpty ? panel.axis.label : panel.title
        return panels.count > 1 ? "\(part)-\(series.name)" : series.name
      }
    }
    return ColumnNames.unique(names, reserved: [x.label])
  }
}
