// SPDX-License-Identifier: Apache-2.0

/// A message about one place of a line that a person wrote.
package enum Caret {
  /// The characters shown on either side of the place.
  private static let shown = 40

  /// The line for standard error; then the text around the place and a caret under it.
  ///
  /// - Parameter offset: the number of characters before the place.
  package static func complaint(
    _ reason: String, about text: String, at offset: Int
  ) -> (message: String, details: [String]) {
    let characters = Array(text)
    let first = max(0, offset - shown)
    let last = min(characters.count, offset + shown)
    let bytes = characters[..<min(offset, characters.count)].reduce(0) { $0 + $1.utf8.count }
    let isWhole = first == 0 && last == characters.count
    let place = isWhole && bytes == offset ? "" : ", byte \(bytes + 1)"
    // What moves a cursor would move the caret too.
    let plain = characters[first..<last].map { Echo.plain(String($0)) == String($0) ? $0 : " " }
    let (left, right) = (
      first == 0 ? "" : "\u{2026}", last == characters.count ? "" : "\u{2026}"
    )
    return (
      "character \(offset + 1)\(place): \(reason)",
      [
        "  " + left + String(plain) + right,
        "  " + String(repeating: " ", count: left.count + offset - first) + "^",
      ]
    )
  }
}
