// SPDX-License-Identifier: Apache-2.0

extension String {
  /// The text with spaces up to a width.
  package func padding(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }

  /// The text with a character in front up to a width.
  package func padding(to width: Int, onTheLeftWith character: Character = " ") -> String {
    String(repeating: character, count: max(0, width - count)) + self
  }

  /// The text without a character at its end.
  package func trimming(trailing character: Character) -> String {
    var result = self
    while result.last == character { result.removeLast() }
    return result
  }

  /// The text without spaces at its end.
  package var trimmingTrailingSpaces: String { trimming(trailing: " ") }

  /// The number of characters a terminal shows: escape sequences take no column.
  package var visibleCount: Int { replacing(/\u{1b}\[[0-9;]*m/, with: "").count }
}
