// SPDX-License-Identifier: Apache-2.0

/// A table for people: a caption above, names left, numbers right in figures of one width.
package struct HTMLTable: Sendable {
  /// One cell.
  package struct Cell: Sendable {
    enum Tone: String { case plain, quiet, alarm, strong }

    let markup: String
    let isNumber: Bool
    let tone: Tone

    /// Words; `code` and exponents as `Markup.prose` sets them.
    package static func text(_ text: String) -> Cell {
      Cell(markup: Markup.prose(text), isNumber: false, tone: .plain)
    }

    /// A count with grouped digits; zero is set quietly, so that what happened stands out.
    package static func count(_ value: UInt64) -> Cell {
      Cell(
        markup: ReadableNumber.grouped(value), isNumber: true, tone: value == 0 ? .quiet : .plain)
    }

    /// A count that ought to be zero.
    package static func failures(_ value: UInt64) -> Cell {
      Cell(
        markup: ReadableNumber.grouped(value), isNumber: true, tone: value == 0 ? .quiet : .alarm)
    }

    /// A number with three significant digits; a dash where there is none.
    package static func number(_ value: Double?, digits: Int = 3) -> Cell {
      guard let value, value.isFinite else { return none }
      return Cell(
        markup: Markup.prose(ReadableNumber.significant(value, digits: digits)), isNumber: true,
        tone: value == 0 ? .quiet : .plain)
    }

    /// A number with a fixed count of fraction digits, or, from the magnitude on from which
    /// `number` sets powers of ten, as that does; a dash where there is none.
    package static func fixed(_ value: Double?, digits: Int) -> Cell {
      guard let value, value.isFinite else { return none }
      if value.magnitude >= Powers.power(10, ReadableNumber.plainExponents.upperBound) {
        return number(value)
      }
      return Cell(
        markup: Markup.prose(ReadableNumber.fixed(value, digits: digits)), isNumber: true,
        tone: .plain)
    }

    /// A share in percent without its unit, which the heading carries; alarming from `alarm` on.
    package static func percent(_ value: Double?, alarm: Double = .infinity) -> Cell {
      guard let value, value.isFinite else { return none }
      return Cell(
        markup: Markup.prose(ReadableNumber.significant(value * 100, digits: 2)), isNumber: true,
        tone: value == 0 ? .quiet : value >= alarm ? .alarm : .plain)
    }

    /// Words that warn.
    package static func warning(_ text: String) -> Cell {
      Cell(markup: Markup.prose(text), isNumber: false, tone: .alarm)
    }

    /// A text that is typed or read letter by letter, on one line.
    package static func code(_ text: String) -> Cell {
      Cell(
        markup: "<code>\(Escaping.markup(text))</code>", isNumber: false, tone: .plain)
    }

    /// A link to a section of the page.
    package static func link(_ text: String, to id: String) -> Cell {
      Cell(
        markup: "<a href=\"#\(Escaping.identifier(id))\">\(Escaping.markup(text))</a>",
        isNumber: false, tone: .plain)
    }

    /// Nothing was measured.
    package static let none = Cell(markup: "–", isNumber: true, tone: .quiet)
  }

  /// A heading over one or more columns.
  package struct Heading: Sendable {
    var text: String
    var span: Int
    /// The heading of `span` columns.
    package init(_ text: String, span: Int = 1) {
      self.text = text
      self.span = span
    }
  }

  /// What the table shows; `Markup.prose` sets it.
  package var caption: String
  /// Headings over groups of columns; empty without groups.
  package var groups: [Heading]
  /// The headings of the columns.
  package var headings: [String]
  /// The rows; the first cell names the row.
  package var rows: [[Cell]]

  /// The table of some rows.
  package init(caption: String, groups: [Heading] = [], headings: [String], rows: [[Cell]]) {
    self.caption = caption
    self.groups = groups
    self.headings = headings
    self.rows = rows
  }

  /// The most rows that a page break may not part: a quarter of a page.
  private static let shortRows = 12
  /// More columns of numbers than these are set smaller.
  private static let manyColumns = 9
  /// The columns that fit the page beside the names of the rows, at three or two to a group.
  private static let fittingColumns = 12

  /// The tables of some rows with groups of `span` columns each, of at most as many groups as fit
  /// the page; the first has the caption, the others say that they go on.
  static func split(
    caption: String, first: String, groups: [String], span: Int, headings: [String],
    rows: [(name: String, cells: [[Cell]])]
  ) -> [HTMLTable] {
    let size = max(1, fittingColumns / span)
    return stride(from: 0, to: groups.count, by: size).map { start in
      let range = start..<min(start + size, groups.count)
      return HTMLTable(
        caption: start == 0 ? caption : "The same, continued.",
        groups: [.init("")] + range.map { .init(groups[$0], span: span) },
        headings: [first] + range.flatMap { _ in headings },
        rows: rows.map { row in [.text(row.name)] + range.flatMap { row.cells[$0] } })
    }
  }

  /// The table as markup.
  package var markup: String {
    let isNumber = headings.indices.map { column in
      rows.contains { $0.indices.contains(column) && $0[column].isNumber }
    }
    var head = ""
    if !groups.isEmpty {
      head +=
        "<tr>"
        + groups.map { group in
          "<th colspan=\"\(group.span)\" scope=\"colgroup\""
            + "\(group.text.isEmpty ? "" : " class=\"group\"")>\(Markup.prose(group.text))</th>"
        }.joined() + "</tr>\n"
    }
    head +=
      "<tr>"
      + zip(headings, isNumber).map { heading, isNumber in
        "<th scope=\"col\"\(isNumber ? " class=\"n\"" : "")>\(Markup.prose(heading))</th>"
      }.joined() + "</tr>\n"
    let body = rows.map { row in
      "<tr>"
        + row.enumerated().map { index, cell in
          index == 0
            ? "<th scope=\"row\">\(cell.markup)</th>" : "<td\(cell.attributes)>\(cell.markup)</td>"
        }.joined() + "</tr>\n"
    }.joined()
    return """
      <div class="table\(rows.count <= HTMLTable.shortRows ? " short" : "")\
      \(headings.count > HTMLTable.manyColumns ? " many" : "")">
      <p class="caption">\(Markup.prose(caption))</p>
      <div class="scroll"><table aria-label="\(Escaping.markup(caption))">
      <thead>
      \(head)</thead>
      <tbody>
      \(body)</tbody>
      </table></div>
      </div>

      """
  }
}

extension HTMLTable.Cell {
  fileprivate var attributes: String {
    let names = (isNumber ? ["n"] : []) + (tone == .plain ? [] : [tone.rawValue])
    return names.isEmpty ? "" : " class=\"\(names.joined(separator: " "))\""
  }
}
