// SPDX-License-Identifier: Apache-2.0
import Words

extension Table {
  /// The table as RFC 4180 text with a header, but for its line ends, which are newlines.
  ///
  /// A number has the shortest digits that read back as the same Double, so nothing that was
  /// measured is lost; one that was not is `nan`, which pandas and pgfplots both read.
  package var csv: String {
    var text = ""
    func append(_ fields: some Sequence<String>) {
      var isFirst = true
      for field in fields {
        if !isFirst { text += "," }
        text += field
        isFirst = false
      }
      text += "\n"
    }
    append(columns.map(Table.field))
    for row in rows { append(row.lazy.map(\.field)) }
    return text
  }

  /// The text as one CSV field (RFC 4180): quoted where it holds a comma, a quote or a line break;
  /// what cannot be seen, but tabs and line breaks, as `VisibleText` has it.
  ///
  /// A text that a spreadsheet would take for a formula gets an apostrophe in front.
  package static func field(_ text: String) -> String {
    var field = ""
    for scalar in text.unicodeScalars {
      if "\t\r\n".unicodeScalars.contains(scalar) {
        field.unicodeScalars.append(scalar)
      } else {
        field += VisibleText.of(scalar)
      }
    }
    if let first = text.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first) {
      field = "'" + field
    }
    guard field.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else {
      return field
    }
    // By scalars: a quote under an accent is one Character with it.
    return "\"" + field.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
  }
}

extension Table.Cell {
  /// The cell as a CSV field.
  package var field: String {
    switch self {
    case .text(let text): Table.field(text)
    case .integer(let value): value.description
    case .count(let value): value.description
    case .number(let value): value.description
    case .flag(let value): value.description
    case .missing: ""
    }
  }
}
