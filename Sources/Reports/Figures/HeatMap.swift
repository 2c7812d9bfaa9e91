// SPDX-License-Identifier: Apache-2.0

/// A value per row and column as a shade, in one or more panels with the same rows and columns:
/// tensor by step, one panel per policy.
public struct HeatMap: Figure {
  /// The shades' meaning.
  public struct Key: Hashable, Sendable {
    /// The quantity with its unit.
    public var title: String
    /// Ascending limits between shades; at most one fewer than there are shades. A value at a limit
    /// has the shade above it.
    public var limits: [Double]
    /// The limits as text.
    public var labels: [Tick.Label]

    /// The key with the given limits.
    public init(title: String, limits: [Double], labels: [Tick.Label]) {
      self.title = title
      self.limits = Array(limits.prefix(Ink.levels.count - 1))
      self.labels = labels
    }

    /// Decades of a share from 10^-6 to 0.1, in percent.
    public static func shares(_ title: String) -> Key {
      let exponents = Array(-6 ... -1)
      return Key(
        title: "\(title) [%]", limits: exponents.map { Elementary.power(10, $0) },
        labels: exponents.map {
          .plain(NumberText.trimmed(Elementary.power(10, $0 + 2), digits: -($0 + 2)))
        })
    }

    /// Powers of ten of a quantity.
    public static func powersOfTen(_ title: String, _ exponents: ClosedRange<Int>) -> Key {
      Key(
        title: title, limits: exponents.map { Elementary.power(10, $0) },
        labels: exponents.map { .power(base: 10, exponent: $0) })
    }

    /// The shade of a value; nil for zero, which is not a small amount but none.
    func level(_ value: Double) -> Int? {
      value == 0 ? nil : limits.count { $0 <= value.magnitude }
    }
  }

  /// One map.
  public struct Panel: Hashable, Sendable {
    /// The heading.
    public var title: String
    /// The values, a row of `columns.count` for each of `rows`; NaN where nothing was measured.
    public var values: [[Double]]
    /// The map of some values.
    public init(_ title: String, values: [[Double]]) {
      self.title = title
      self.values = values
    }
  }

  /// The stem of the figure's files.
  public var name: String
  /// The heading.
  public var title: String
  /// What is drawn and how to read it.
  public var summary: String
  /// The shades' meaning.
  public var key: Key
  /// The name of the rows, a CSV column.
  public var rowTitle: String
  /// The names of the rows, from the top.
  public var rows: [String]
  /// The x axis.
  public var x: Axis
  /// The x value of each column, ascending.
  public var columns: [Double]
  /// The maps, in reading order.
  public var panels: [Panel]

  /// The figure of some maps.
  public init(
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

  /// Every value: x, the row's index and name, and a column per panel.
  public var table: DataTable {
    var table = DataTable(
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
  /// The value of a cell; NaN outside.
  func value(_ row: Int, _ column: Int) -> Double {
    values.indices.contains(row) && values[row].indices.contains(column)
      ? values[row][column] : .nan
  }
}
