// SPDX-License-Identifier: Apache-2.0

/// Counts of named bins as bars on a logarithmic scale, below each other: one among billions is
/// seen.
package struct BinChart: Drawing {
  /// A bin.
  package struct Bin: Hashable, Sendable {
    package var label: String
    package var count: UInt64
    /// Whether nothing should be in it.
    package var isAlarm: Bool

    package init(_ label: String, count: UInt64, isAlarm: Bool) {
      (self.label, self.count, self.isAlarm) = (label, count, isAlarm)
    }
  }

  package var name: String
  package var title: String
  package var summary: String
  /// What the bins are of, and their unit.
  package var heading: String
  package var bins: [Bin]
  /// Bins that are parts of those above, under a gap.
  package var parts: [Bin]
  /// The count of which shares are told.
  package var total: UInt64

  package init(
    name: String, title: String, summary: String, heading: String, bins: [Bin], parts: [Bin],
    total: UInt64
  ) {
    (self.name, self.title, self.summary, self.heading) = (name, title, summary, heading)
    (self.bins, self.parts, self.total) = (bins, parts, total)
  }

  private enum Layout {
    static let head = 26.0
    static let row = 21.0
    static let bar = 13.0
    static let gap = 12.0
    static let foot = 40.0
    static let labelGap = 10.0
    /// Letters are wider than estimated here and there.
    static let margin = 6.0
    /// The length of a bar of one, in decades.
    static let one = 0.25
    static let tickSpacing = 40.0
  }

  package func svg(width: Double, id: String) -> String {
    let all = bins + parts
    let height =
      Layout.head + Double(all.count) * Layout.row + (parts.isEmpty ? 0 : Layout.gap) + Layout.foot
    var canvas = Canvas(width: width, height: height)
    let side =
      ([heading] + all.map(\.label)).map { Canvas.textWidth($0) }.reduce(0, max)
      + Layout.labelGap + Layout.margin
    let gutter =
      all.map { Canvas.textWidth(text(of: $0)) }.reduce(0, max) + Layout.labelGap
    let length = max(width - side - gutter, 40)
    let most = Double(all.map(\.count).max() ?? 1)
    let decades = Scale.log10.position(max(most, 10)) ?? 1
    let unit = length / (decades + Layout.one)
    let bottom = height - Layout.foot
    canvas.text(heading, side - Layout.labelGap, 14, color: Ink.quiet, anchor: .end)
    for tick in Tick.powers(
      of: 10, exponents: 0...decades, most: max(2, Int(length / Layout.tickSpacing)))
    {
      let x = side + (tick.position + Layout.one) * unit
      canvas.line(x, Layout.head - 4, x, bottom, color: Ink.grid)
      canvas.label(tick.label, x, bottom + 17, anchor: .middle)
    }
    for (index, bin) in all.enumerated() {
      let top =
        Layout.head + Double(index) * Layout.row + (index < bins.count ? 0 : Layout.gap)
      let base = top + Layout.row / 2 + 4
      canvas.text(
        bin.label, side - Layout.labelGap, base, color: bin.count == 0 ? Ink.quiet : Ink.text,
        anchor: .end)
      let decade = Scale.log10.position(Double(bin.count))
      let bar = decade.map { ($0 + Layout.one) * unit } ?? 0
      canvas.rectangle(
        side, top + (Layout.row - Layout.bar) / 2, bar, Layout.bar,
        fill: bin.isAlarm ? Ink.alarm : Ink.levels[4])
      canvas.text(
        text(of: bin), side + bar + 6, base,
        color: bin.count == 0 ? Ink.quiet : bin.isAlarm ? Ink.alarm : Ink.text, bold: false)
    }
    canvas.line(side, Layout.head - 4, side, bottom, color: Ink.axis)
    canvas.text("results", side + length, bottom + 32, color: Ink.quiet, anchor: .end)
    return canvas.document(title: title, description: summary, id: id)
  }

  /// `12,345 · 0.12 %`.
  private func text(of bin: Bin) -> String {
    let count = ReadableNumber.grouped(bin.count)
    guard bin.count > 0, bin.count < total else { return count }
    let share = 100 * Double(bin.count) / Double(total)
    // What rounds to all of them is not all of them.
    let percent =
      share >= 99.995
      ? "> 99.99" : share < 1e-3 ? "< 0.001" : ReadableNumber.significant(share, digits: 3)
    return "\(count) · \(percent)\u{a0}%"
  }
}
