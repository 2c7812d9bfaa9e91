// SPDX-License-Identifier: Apache-2.0

/// Values as points on one logarithmic axis, in a strip for each group.
package struct StripChart: Drawing {
  /// A value.
  package struct Point: Hashable, Sendable {
    /// Zero has a place left of the axis, infinity one right of it.
    package var value: Double
    /// Whether it should not be.
    package var isAlarm: Bool

    package init(_ value: Double, isAlarm: Bool) { (self.value, self.isAlarm) = (value, isAlarm) }
  }

  /// The values of a strip: its points stand below each other in their order.
  package struct Group: Hashable, Sendable {
    package var name: String
    package var points: [Point]

    package init(_ name: String, points: [Point]) { (self.name, self.points) = (name, points) }
  }

  package var name: String
  package var title: String
  package var summary: String
  package var axis: Axis
  package var groups: [Group]
  /// A value that means something.
  package var mark: (value: Double, label: String)?

  package init(
    name: String, title: String, summary: String, axis: Axis, groups: [Group],
    mark: (value: Double, label: String)?
  ) {
    (self.name, self.title, self.summary, self.axis) = (name, title, summary, axis)
    (self.groups, self.mark) = (groups, mark)
  }

  private enum Layout {
    static let head = 24.0
    static let foot = 42.0
    static let least = 22.0
    /// The height of a strip for each of its points.
    static let point = 3.4
    static let most = 64.0
    static let padding = 6.0
    static let labelGap = 10.0
    /// The room for zeros, and for infinities.
    static let end = 30.0
    static let tickSpacing = 46.0
    static let radius = 3.0
  }

  package func svg(width: Double, id: String) -> String {
    let heights = groups.map {
      min(
        max(Layout.least, Double($0.points.count) * Layout.point + 2 * Layout.padding), Layout.most)
    }
    let height = Layout.head + heights.reduce(0, +) + Layout.foot
    var canvas = Canvas(width: width, height: height)
    let points = groups.flatMap(\.points)
    let side =
      groups.map { Canvas.textWidth($0.name) }.reduce(0, max) + 2 * Layout.labelGap
    let hasInfinite = points.contains { $0.value.isInfinite }
    let left = side + Layout.end
    let right = width - (hasInfinite ? Layout.end : Layout.labelGap)
    let bottom = height - Layout.foot
    let fitted = FittedAxis(
      axis, values: points.map(\.value) + [mark?.value].compactMap(\.self),
      most: max(2, Int((right - left) / Layout.tickSpacing)))
    func x(_ value: Double) -> Double {
      if value.isInfinite { return right + Layout.end / 2 }
      return fitted.share(value).map { left + $0 * (right - left) } ?? side + Layout.end / 2
    }
    for tick in fitted.ticks {
      let x = left + fitted.share(position: tick.position) * (right - left)
      canvas.line(x, Layout.head, x, bottom, color: Ink.grid)
      canvas.label(tick.label, x, bottom + 17, anchor: .middle)
    }
    canvas.text("0", side + Layout.end / 2, bottom + 17, color: Ink.quiet, anchor: .middle)
    if hasInfinite {
      canvas.text("∞", right + Layout.end / 2, bottom + 17, color: Ink.quiet, anchor: .middle)
    }
    canvas.text(axis.title, right, bottom + 34, color: Ink.quiet, anchor: .end)
    var top = Layout.head
    for (group, height) in zip(groups, heights) {
      canvas.line(0, top, width, top, color: Ink.grid)
      canvas.text(group.name, 0, top + height / 2 + 4)
      let step = (height - 2 * Layout.padding) / Double(max(group.points.count, 1))
      for (index, point) in group.points.enumerated() {
        let y = top + Layout.padding + (Double(index) + 0.5) * step
        canvas.marker(
          point.isAlarm ? .cross : .circle, x(point.value), y,
          color: point.isAlarm ? Ink.alarm : Ink.levels[4],
          radius: point.isAlarm ? Layout.radius + 0.6 : Layout.radius)
      }
      top += height
    }
    canvas.line(0, bottom, width, bottom, color: Ink.axis)
    if let mark {
      let place = x(mark.value)
      canvas.line(place, Layout.head - 6, place, bottom, color: Ink.alarm, width: 1, dash: "3 2")
      canvas.text(
        mark.label, place, Layout.head - 11, size: Canvas.noteSize, color: Ink.alarm,
        anchor: place > width - 60 ? .end : .middle)
    }
    return canvas.document(title: title, description: summary, id: id)
  }
}
