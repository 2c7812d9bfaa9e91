// SPDX-License-Identifier: Apache-2.0

extension Canvas {
  /// Draws what surrounds a plot: light lines at the y ticks, the x axis, tick labels, the panel's
  /// title and both axis titles.
  ///
  /// The y title stands above the axis and is read without turning the head.
  mutating func frame(
    _ plot: LineChart.Plot, horizontal: FittedAxis, vertical: FittedAxis, title: String
  ) {
    for tick in vertical.ticks {
      let y = plot.bottom - vertical.share(position: tick.position) * plot.height
      line(plot.left, y, plot.right, y, color: Ink.grid)
      label(tick.label, plot.left - LineChart.Layout.labelGap, y + 4, anchor: .end)
    }
    horizontalAxis(horizontal, in: plot)
    let headX = plot.left - plot.side + 2
    let room = plot.side + plot.width + plot.gutter
    if title.isEmpty {
      text(vertical.axis.title, headX, plot.top - 15, color: Ink.quiet)
    } else {
      text(
        Canvas.fitted(title, width: room, size: Canvas.titleSize), headX, plot.top - 30,
        size: Canvas.titleSize, bold: true)
      text(vertical.axis.title, headX, plot.top - 15, color: Ink.quiet)
    }
  }

  /// Draws the x axis under a plot with its ticks and its title.
  mutating func horizontalAxis(
    _ axis: FittedAxis, in plot: LineChart.Plot, isTitled: Bool = true
  ) {
    line(plot.left, plot.bottom, plot.right, plot.bottom, color: Ink.axis)
    for tick in axis.ticks {
      let x = plot.left + axis.share(position: tick.position) * plot.width
      line(x, plot.bottom, x, plot.bottom + 4, color: Ink.axis)
      label(tick.label, x, plot.bottom + 17, anchor: .middle)
    }
    guard isTitled else { return }
    text(axis.axis.title, plot.right, plot.bottom + 32, color: Ink.quiet, anchor: .end)
  }
}
