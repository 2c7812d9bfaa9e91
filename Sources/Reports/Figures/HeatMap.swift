// SPDX-License-Identifier: Apache-2.0
import Tables

/// A value per row and column as a shade, in one or more panels with the same rows and columns:
/// tensor by step, one panel per policy.
package struct HeatMap: Figure {
  /// The shades' meaning.
  package struct Key: Hashable, Sendable {
    /// The quantity with its unit.
    package var title: String
    /// Ascending limits between shades; at most one fewer than there are shades. A value at a limit
    /// has the shade above it.
    package var limits: [Double]
    /// The limits as text.
    package var labels: [Tick.Label]

    /// The key with the given limits.
    package init(title: String, limits: [Double], labels: [Tick.Label]) {
      self.title = title
      self.limits = Array(limits.prefix(Ink.levels.count - 1))
      self.labels = labels
    }

    /// Limits of shares in percent, 1, 2, 5, 10, ... or decades, that tell `values` apart.
    package static func shares(_ title: String, fitting values: some Sequence<Double>) -> Key {
      let steps = (-9 ... -1).flatMap { exponent in
        [1, 2, 5].map { (digit: $0, exponent: exponent) }
      }
      let limits = steps.map { Double($0.digit) * Powers.power(10, $0.exponent) }
      let places = values.filter { $0.isFinite && $0 != 0 }.map { value in
        Double(limits.count { $0 <= value.magnitude } - 1)
      }
      let (first, stride) = fitted(places, strides: [1, 3], among: limits.count)
      let chosen = (0..<levelLimits).map { first + $0 * stride }.filter(limits.indices.contains)
      return Key(
        title: "\(title) [%]", limits: chosen.map { limits[$0] },
        labels: chosen.map { index in
          let (digit, exponent) = (steps[index].digit, steps[index].exponent + 2)
          return ReadableNumber.plainExponents.contains(exponent)
            ? .plain(
              ReadableNumber.fixed(
                Double(digit) * Powers.power(10, exponent), digits: max(0, -exponent)))
            : digit == 1
              ? .power(base: 10, exponent: exponent) : .multiple("\(digit)", exponent: exponent)
        })
    }

    /// Limits at powers of two that tell `values` apart: neighbours are as far apart as the
    /// greatest and the least, outliers left out, ask for.
    package static func powersOfTwo(_ title: String, fitting values: some Sequence<Double>) -> Key {
      let places = values.filter { $0.isFinite && $0 != 0 }.map {
        Powers.log2($0.magnitude).rounded(.down)
      }
      let (first, stride) = fitted(places, strides: Array(1...400), among: nil)
      let exponents = (0..<levelLimits).map { first + $0 * stride }
      return Key(
        title: title, limits: exponents.map { Powers.power(2, $0) },
        labels: exponents.map { .power(base: 2, exponent: $0) })
    }

    /// The limits between the shades that there are.
    private static var levelLimits: Int { Ink.levels.count - 1 }
    /// The share of the values at either end that has no say in a scale.
    private static let outliers = 0.02

    /// The first limit and the stride to the next, in places of a row of limits, `count` of them
    /// where the row ends: the least stride with which the limits span the values, around their
    /// middle.
    private static func fitted(
      _ places: [Double], strides: [Int], among count: Int?
    ) -> (first: Int, stride: Int) {
      let sorted = places.sorted()
      guard let least = sorted.first, let last = sorted.last else { return (0, strides[0]) }
      let cut = Int(Double(sorted.count) * outliers)
      let low = max(sorted[cut], least)
      let high = max(sorted[sorted.count - 1 - cut], last - 1)
      let stride =
        strides.first { Double(levelLimits * $0) >= high - low } ?? strides[strides.count - 1]
      let extent = (levelLimits - 1) * stride
      // The darkest shade is for the greatest values alone.
      let first = Int(((low + high + 1 - Double(extent)) / 2).rounded(.up))
      guard let count else { return (first, stride) }
      // Decades begin with a power of ten, which the row of limits begins with.
      let unit = stride
      let latest = max(0, count - 1 - extent) / unit * unit
      return (min(max(first / unit * unit, 0), latest), stride)
    }

    /// The shade of a value; nil for zero, which is not a small amount but none.
    func level(_ value: Double) -> Int? {
      value == 0 ? nil : limits.count { $0 <= value.magnitude }
    }
  }

  /// One map.
  package struct Panel: Hashable, Sendable {
    /// The heading.
    package var title: String
    /// The values, a row of `columns.count` for each of `rows`; NaN where nothing was measured.
    package var values: [[Double]]
    /// The map of some values.
    package init(_ title: String, values: [[Double]]) {
      self.title = title
      self.values = values
    }
  }

  /// The stem of the figure's files.
  package var name: String
  /// The heading.
  package var title: String
  /// What is drawn and how to read it.
  package var summary: String
  /// The shades' meaning.
  package var key: Key
  /// The name of the rows, a CSV column.
  package var rowTitle: String
  /// The names of the rows, from the top.
  package var rows: [String]
  /// The x axis.
  package var x: Axis
  /// The x value of each column, ascending.
  package var columns: [Double]
  /// The maps, in reading order.
  package var panels: [Panel]

  /// The figure of some maps.
  package init(
    name: String, title: String, summary: String, key: Key, rowTitle: String, rows: [String],
    x: Axis, columns: [Double], panels: [Panel]
  ) {
    self.name = name
    self.title = title
    self.summary = summary
    self.key = key
    self.rowTitle = rowTitle
    self.rows = rows
    self.x = x
    self.columns = columns
    self.panels = panels
  }

  /// The lines that are drawn: those in which a value is not zero and, where a page has no room for
  /// them all, those that are most telling for some panel: the greatest in shares of its greatest.
  var drawnRows: [Int] {
    let greatest = panels.map { panel in rows.indices.map { panel.greatest(row: $0) } }
    let telling = rows.indices.map { row in
      greatest.map { values in
        let most = values.max() ?? 0
        return most > 0 ? values[row] / most : 0
      }.max() ?? 0
    }
    let filled = rows.indices.filter { telling[$0] > 0 }
    // Without a single value the empty map says so.
    guard !filled.isEmpty else { return Array(rows.indices.prefix(rowLimit)) }
    // A line more or two is no reason to leave one out.
    guard filled.count > rowLimit + 2 else { return filled }
    let chosen = filled.sorted { (telling[$0], $1) > (telling[$1], $0) }.prefix(rowLimit)
    return chosen.sorted()
  }

  /// What is to be said about the lines that are not drawn; empty where none is left out.
  package var rowNote: String {
    let drawn = drawnRows.count
    guard drawn < rows.count else { return "" }
    let filled = rows.indices.count { row in panels.contains { $0.greatest(row: row) > 0 } }
    return filled > drawn
      ? " Drawn: of \(rows.count) tensors the \(drawn) with the greatest values; all are in the data."
      : " The other \(rows.count - drawn) of \(rows.count) tensors have none at all."
  }

  /// Every value: x, the row's index and name, and a column per panel.
  package var table: Table {
    var table = Table(
      columns: [x.label, "row", rowTitle] + keys)
    for (index, row) in rows.enumerated() {
      for (column, x) in columns.enumerated() {
        table.append(
          [.number(x), .integer(Int64(index)), .text(row)]
            + panels.map { .number($0.value(index, column)) })
      }
    }
    return table
  }

  /// The column of each panel, in their order.
  var keys: [String] {
    ColumnNames.unique(panels.map(\.title), reserved: [x.label, "row", rowTitle])
  }
}

extension HeatMap.Panel {
  /// The greatest magnitude of a row; zero without a finite one.
  func greatest(row: Int) -> Double {
    guard values.indices.contains(row) else { return 0 }
    return values[row].lazy.filter(\.isFinite).map(\.magnitude).max() ?? 0
  }

  /// The value of a cell; NaN outside.
  func value(_ row: Int, _ column: Int) -> Double {
    values.indices.contains(row) && values[row].indices.contains(column)
      ? values[row][column] : .nan
  }
}
