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
  ///
  /// Without a regular expression, whose engine would be a sixth of the C library.
  package var visibleCount: Int {
    var count = 0
    var index = startIndex
    while index < endIndex {
      if let end = endOfStyle(from: index) {
        index = end
      } else {
        count += 1
        formIndex(after: &index)
      }
    }
    return count
  }

  /// The end of `ESC [ digits and semicolons m` where one begins.
  private func endOfStyle(from start: Index) -> Index? {
    let rest = self[start...]
    guard rest.first == "\u{1b}", rest.dropFirst().first == "[" else { return nil }
    let end = rest.dropFirst(2).firstIndex { $0 != ";" && !("0"..."9").contains($0) }
    guard let end, self[end] == "m" else { return nil }
    return self.index(after: end)
  }
}
