// SPDX-License-Identifier: Apache-2.0

/// Rows of cells under named columns: what a figure draws, what a command shows, and the source of
/// their CSV and JSON lines.
package struct Table: Equatable, Sendable {
  /// One cell.
  package enum Cell: Equatable, Sendable {
    case text(String)
    case integer(Int64)
    case count(UInt64)
    /// A number; NaN where nothing was measured.
    case number(Double)
    case flag(Bool)
    /// Nothing: an empty field, null in JSON.
    case missing
  }

  /// The names of the columns, lower_snake_case.
  package var columns: [String]
  /// The rows, each as long as `columns`.
  package private(set) var rows: [[Cell]] = []

  /// The table of rows, as `append` adds them.
  package init(columns: [String], rows: [[Cell]] = []) {
    self.columns = columns
    for row in rows { append(row) }
  }

  /// Appends a row; cells beyond the columns are dropped, missing ones become NaN.
  package mutating func append(_ row: [Cell]) {
    let cells = row.prefix(columns.count)
    rows.append(cells + Array(repeating: .number(.nan), count: columns.count - cells.count))
  }
}
