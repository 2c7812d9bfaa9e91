// SPDX-License-Identifier: Apache-2.0
import Formats
import KernelChecks
import Reports

/// The figure of the largest errors over the first operand, for each sign of it.
struct ErrorProfileChart {
  /// A part of the operands of one sign.
  private struct Part {
    /// The magnitude at which it begins, or ends of negative ones.
    var magnitude: Double
    var end: Double
    /// In ulp; infinite of a wrong special or sign, nil where nothing was judged.
    var largest: Double?
  }

  private let parts: [(isNegative: Bool, parts: [Part])]
  private let limit: Double?
  private let criterion: String
  private let hasSecondOperand: Bool

  /// From so much on errors are drawn on a logarithmic scale [ulp].
  private static let mostLinear = 16.0
  /// A range whose ends have such a ratio is drawn on a linear scale.
  private static let mostAcross = 8.0

  init(_ count: KernelCount, _ format: Format, limit: Double?, criterion: String) {
    self.limit = limit
    self.criterion = criterion
    hasSecondOperand = count.worst.first.map { $0.operands.count > 1 } ?? false
    guard let profile = count.profile else {
      parts = []
      return
    }
    let all = (0..<profile.parts).map { part in
      let first = profile.first + UInt64(part) * profile.width
      return (
        first: format.number(first),
        next: format.lastEncoding - first >= profile.width
          ? format.number(first + profile.width) : .infinity,
        largest: profile.largest(inPart: part)
      )
    }
    parts = [true, false].compactMap { isNegative in
      var parts: [Part] = []
      for (first, next, largest) in all where (first.sign == .minus) == isNegative {
        guard first.isFinite else {
          // Infinities and NaNs are one part, one binade long.
          guard let last = parts.last else { continue }
          let isOpen = last.end > 2 * last.magnitude
          if first.isInfinite || isOpen {
            let start = last.end.isFinite ? last.end : 2 * last.magnitude
            parts[parts.count - 1].end = start
            parts.append(Part(magnitude: start, end: 2 * start, largest: largest))
          } else if let largest {
            parts[parts.count - 1].largest = max(parts[parts.count - 1].largest ?? 0, largest)
          }
          continue
        }
        let end = next.isFinite && next.sign == first.sign ? next.magnitude : 2 * first.magnitude
        // Zero has no place on a logarithmic scale.
        parts.append(
          Part(magnitude: first == 0 ? end / 2 : first.magnitude, end: end, largest: largest))
      }
      return parts.contains { $0.largest != nil } ? (isNegative, parts) : nil
    }
  }

  /// The chart; nil where nothing is known.
  func chart(name: String) -> LineChart? {
    let all = parts.flatMap(\.parts)
    guard let first = all.map(\.magnitude).min(), let last = all.map(\.end).max() else {
      return nil
    }
    let finite = all.compactMap(\.largest).filter(\.isFinite)
    let most = finite.max() ?? 0
    let isLogarithmic = most > Self.mostLinear
    let shownLimit = limit.flatMap { $0 > 0 && $0 <= max(4 * most, 1) ? $0 : nil }
    let top = max(most, shownLimit ?? 0, isLogarithmic ? 0 : 0.5) * (isLogarithmic ? 2 : 1.12)
    let operand = hasSecondOperand ? "first operand" : "input"
    let hasInfinite = all.contains { $0.largest?.isInfinite ?? false }
    return LineChart(
      name: name, title: "The largest error along the \(operand)",
      summary: "For each of \(all.count) parts of the encodings the largest error in it"
        + (hasInfinite
          ? "; a bar at the top where a NaN, an infinity or a sign is wrong. " : ". ")
        + (last > first * Self.mostAcross
          ? "The first step has zero and what is below, the last one infinities and NaN where they "
            + "are among the cases."
          : ""),
      x: Axis(
        "magnitude of the \(operand)", unit: "1",
        scale: last > first * Self.mostAcross ? .log2 : .linear),
      panels: parts.map { isNegative, parts in
        panel(
          parts.isEmpty || self.parts.count == 1 && !isNegative
            ? "" : isNegative ? "negative \(operand)" : "positive \(operand)", parts,
          Axis(
            "largest error", unit: "ulp", scale: isLogarithmic ? .log10 : .linear,
            including: isLogarithmic ? [] : [0, top]),
          limit: shownLimit, top: top)
      }, columns: 2)
  }

  /// A step for each part, up to where it ends.
  private static func points(
    _ parts: [Part], _ y: (Double) -> Double
  ) -> [LineChart.Point] {
    parts.flatMap { part in
      let y = part.largest.map(y) ?? .nan
      return [LineChart.Point(part.magnitude, y), LineChart.Point(part.end, y)]
    }
  }

  private func panel(
    _ title: String, _ parts: [Part], _ axis: Axis, limit: Double?, top: Double
  ) -> LineChart.Panel {
    var series = [
      LineChart.Series(
        "", style: SeriesStyle.compared[1].solid(width: 1.4), shape: .step,
        points: Self.points(parts) { $0.isFinite ? $0 : .nan })
    ]
    if parts.contains(where: { $0.largest?.isInfinite ?? false }) {
      series.append(
        LineChart.Series(
          "", style: SeriesStyle.compared[3].solid(width: 4), shape: .step,
          points: Self.points(parts) { $0.isInfinite ? top : .nan }))
    }
    return LineChart.Panel(
      title, axis: axis, series: series,
      marks: limit.map { [LineChart.Mark($0, criterion)] } ?? [])
  }
}

extension SeriesStyle {
  /// The same without dashes and markers: steps have corners enough.
  fileprivate func solid(width: Double) -> SeriesStyle {
    var style = self
    (style.dash, style.marker, style.width) = ("", .none, width)
    return style
  }
}
