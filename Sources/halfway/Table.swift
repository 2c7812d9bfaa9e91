// SPDX-License-Identifier: Apache-2.0
import Reports

/// Rows of cells under named columns: the source of CSV and of JSON lines.
struct Table: Sendable, Equatable {
  /// A value in a row.
  enum Cell: Sendable, Equatable {
    case text(String)
    case integer(Int64)
    case number(Double)
    case flag(Bool)
    case missing
  }

  /// The names of the columns, lower_snake_case.
  var columns: [String]
  /// The rows, each as long as `columns`.
  var rows: [[Cell]]

  /// The rows as RFC 4180 text under a header.
  var csv: String {
    let header = columns.map { Table.quoted($0) }.joined(separator: ",")
    let lines = rows.map { $0.map(\.csv).joined(separator: ",") }
    return ([header] + lines).joined(separator: "\n") + "\n"
  }

  /// The rows as JSON objects, keys in the order of the columns, one per line.
  var jsonLines: String {
    rows.map { row in
      let members = zip(columns, row).map { "\(Table.jsonString($0)):\($1.json)" }
      return "{" + members.joined(separator: ",") + "}\n"
    }.joined()
  }

  fileprivate static func quoted(_ text: String) -> String {
    let text = seen(text)
    let isPlain = !text.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
    if isPlain { return text }
    // By scalars: a quote under an accent is one Character with it.
    return "\"" + text.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
  }

  /// The text with an escape for what cannot be seen, but for tabs and line breaks: a field keeps them.
  private static func seen(_ text: String) -> String {
    guard !text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else { return text }
    return text.unicodeScalars.map {
      "\t\r\n".unicodeScalars.contains($0) ? String($0) : Echo.plain(String($0))
    }.joined()
  }

  fileprivate static func jsonString(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\u{0}"..."\u{1f}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return JSONText.escaped(result) + "\""
  }
}

extension Table.Cell {
  /// The cell in CSV; a missing value is empty.
  fileprivate var csv: String {
    switch self {
    case .text(let text): Table.quoted(text)
    case .integer(let value): String(value)
    case .number(let value): value.description
    case .flag(let value): String(value)
    case .missing: ""
    }
  }

  /// The cell in JSON; numbers that JSON lacks are strings.
  fileprivate var json: String {
    switch self {
    case .text(let text): Table.jsonString(text)
    case .integer(let value): String(value)
    case .number(let value):
      value.isFinite ? value.description : Table.jsonString(value.description)
    case .flag(let value): String(value)
    case .missing: "null"
    }
  }
}
