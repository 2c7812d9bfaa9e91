// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import Tables
import Words

/// The table of formats that `halfway formats` shows.
struct FormatTable: Presentable {
  /// The formats, one per row.
  var formats: [Format]

  /// A row of the table.
  struct Row: Encodable {
    var id: String
    var name: String
    var bits: Int
    var exponentBits: Int
    var precision: Int
    var minExponent: Int
    var maxExponent: Int
    var largest: Double
    var largestText: String
    /// The exponent of the smallest positive number.
    var smallestExponent: Int
    var hasSubnormals: Bool
    var specials: String

    init(_ format: Format) {
      id = format.id
      name = format.title
      bits = format.bitWidth
      exponentBits = format.exponentBits
      precision = format.precision
      minExponent = format.minExponent
      maxExponent = format.maxExponent
      largest = format.value(of: format.largestFinite)
      largestText = format.briefText(format.largestFinite, digits: 5)
      smallestExponent = format.minUlpExponent
      hasSubnormals = format.hasZero
      specials = format.specialsText
    }
  }

  var rows: [Row] { formats.map(Row.init) }

  func text(for terminal: Terminal) -> String {
    let header = ["id", "name", "E", "p", "emin..emax", "largest", "smallest", "specials"]
    let isNumeric = [false, false, true, true, true, true, true, false]
    let cells = rows.map { row in
      [
        row.id, row.name, "\(row.exponentBits)", "\(row.precision)",
        "\(row.minExponent)..\(row.maxExponent)", row.largestText, "2^\(row.smallestExponent)",
        row.specials,
      ]
    }
    let lines = TextTable.lines([header] + cells, isNumeric: isNumeric)
    let notes = [
      "", "E exponent bits, p significand bits with the hidden one; smallest is subnormal",
      "except in e8m0. Also e<E>m<M>, IEEE-like, E 2...8, M 1...23, such as e5m7.",
    ]
    return ([terminal.styled(lines[0], .bold)] + lines.dropFirst() + notes)
      .map { $0 + "\n" }.joined()
  }

  var table: Table {
    Table(
      columns: [
        "id", "name", "bits", "exponent_bits", "precision", "min_exponent", "max_exponent",
        "largest", "smallest_exponent", "has_subnormals", "specials",
      ],
      rows: rows.map { row in
        [
          .text(row.id), .text(row.name), .integer(Int64(row.bits)),
          .integer(Int64(row.exponentBits)), .integer(Int64(row.precision)),
          .integer(Int64(row.minExponent)), .integer(Int64(row.maxExponent)),
          .number(row.largest), .integer(Int64(row.smallestExponent)), .flag(row.hasSubnormals),
          .text(row.specials),
        ]
      })
  }

  var document: any Encodable {
    ResultDocument(
      schema: "halfway/formats/1", configuration: ["formats": formats], results: rows)
  }
}

extension Format {
  /// All digits of a number where these are few, else the first ones, rounded: `65504`,
  /// `3.3895e38`.
  func briefText(_ bits: UInt32, digits: Int) -> String {
    let exact = exactText(bits)
    guard exact.count > digits + 6 else { return exact }
    return String(format: "%.\(digits - 1)e", value(of: bits))
      .replacing(/e\+?(-?)0?/) { "e\($0.output.1)" }
  }

  /// The name of a named format; for a custom one, what it is.
  var title: String {
    Format.named.first { $0.format == self }?.title ?? "custom, IEEE-like"
  }

  /// Which non-finite values the format encodes.
  var specialsText: String {
    switch specials {
    case .ieee: "Inf, NaN"
    case .nanOnly: "NaN"
    case .finite: "none"
    case .scale: "NaN, no 0"
    }
  }
}

/// Columns of text.
enum TextTable {
  /// The rows with columns two spaces apart, numeric ones aligned to the right.
  static func lines(_ rows: [[String]], isNumeric: [Bool]) -> [String] {
    let widths = isNumeric.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      zip(row, zip(widths, isNumeric)).map { cell, layout in
        layout.1 ? cell.padding(to: layout.0, onTheLeftWith: " ") : cell.padding(to: layout.0)
      }.joined(separator: "  ").trimmingTrailingSpaces
    }
  }
}
