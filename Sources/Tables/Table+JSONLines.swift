// SPDX-License-Identifier: Apache-2.0
import Words

extension Table {
  /// The rows as JSON objects, keys in the order of the columns, one per line.
  package var jsonLines: String {
    rows.map { row in
      let members = zip(columns, row).map { "\(Table.jsonString($0)):\($1.json)" }
      return "{" + members.joined(separator: ",") + "}\n"
    }.joined()
  }

  fileprivate static func jsonString(_ text: String) -> String {
    VisibleText.escaped(JSONLiteral.string(text))
  }
}

extension Table.Cell {
  /// The cell in JSON; numbers that JSON lacks are strings.
  fileprivate var json: String {
    switch self {
    case .text(let text): Table.jsonString(text)
    case .integer(let value): value.description
    case .count(let value): value.description
    case .number(let value):
      value.isFinite ? value.description : Table.jsonString(value.description)
    case .flag(let value): value.description
    case .missing: "null"
    }
  }
}
