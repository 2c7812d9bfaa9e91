// SPDX-License-Identifier: Apache-2.0

/// Named columns of equal length: what a figure draws and what its CSV holds.
public struct DataTable: Equatable, Sendable {
  /// One cell.
  public enum Cell: Equatable, Sendable {
    case text(String)
    case integer(Int64)
    case count(UInt64)
    /// A number; NaN where nothing was measured.
    case number(Double)
  }

  /// The column names.
  public var columns: [String]
  /// The rows, each as long as `columns`.
  public private(set) var rows: [[Cell]] = []

  /// The table without rows.
  public init(columns: [String]) {
    self.columns = columns
  }

  /// Appends a row; cells beyond the columns are dropped, missing ones become NaN.
  public mutating func append(_ row: [Cell]) {
    let cells = row.prefix(columns.count)
    rows.append(cells + Array(repeating: .number(.nan), count: columns.count - cells.count))
  }

  /// The table as RFC 4180 text with a header line and CRLF line ends.
  ///
  /// A number has the shortest digits that read back as the same Double, so nothing that was
  /// measured is lost; missing is `nan`, which pandas and pgfplots both read.
  public var csv: String {
    var text = ""
    func append(_ fields: some Sequence<String>) {
      var isFirst = true
      for field in fields {
        if !isFirst { text += "," }
        text += field
        isFirst = false
      }
      text += "\r\n"
    }
    append(columns.map(Escaping.csv))
    for row in rows { append(row.lazy.map(DataTable.field)) }
    return text
  }

  /// The cell as a CSV field.
  static func field(_ cell: Cell) -> String {
    switch cell {
    case .text(let text): Escaping.csv(text)
    case .integer(let value): value.description
    case .count(let value): value.description
    case .number(let value): value.description
    }
  }
}
