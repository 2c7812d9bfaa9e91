// SPDX-License-Identifier: Apache-2.0

/// What is wrong with a text, and where.
package struct JSON5Problem: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file's path as it was given.
  package var path: String
  /// Where; nil where the file as a whole is meant.
  package var place: JSON5Place?
  /// Whether the column tells something that the line does not.
  package var namesColumn: Bool
  /// What is wrong, and what would be right.
  package var reason: String

  /// The problem.
  package init(path: String, place: JSON5Place?, namesColumn: Bool = false, reason: String) {
    self.path = path
    self.place = place
    self.namesColumn = namesColumn
    self.reason = reason
  }

  /// One line: the file, the line, what is wrong.
  package var description: String {
    guard let place else { return "'\(path)': \(reason)" }
    let column = namesColumn ? ", column \(place.column)" : ""
    return "'\(path)', line \(place.line)\(column): \(reason)"
  }
}

/// A person's words in a message, the middle of long ones left out.
package enum Quoted {
  private static let limit = 60

  /// The text between single quotes.
  package static func word(_ text: String) -> String { "'\(shortened(text))'" }

  static func shortened(_ text: String) -> String {
    guard text.unicodeScalars.count > limit else { return text }
    let end = limit / 4
    let scalars = Array(text.unicodeScalars)
    var short = String.UnicodeScalarView(scalars.prefix(limit - end - 1))
    short.append("\u{2026}")
    short.append(contentsOf: scalars.suffix(end))
    return String(short)
  }
}
