// SPDX-License-Identifier: Apache-2.0
import Reports

/// A person's words in a message: on one line, short, and without effect on a terminal.
enum Echo {
  /// The longest word that is shown whole.
  private static let wordLimit = 60
  /// The longest message of the command line's parser that is shown whole.
  private static let lineLimit = 400

  /// A word, its middle left out where it is long.
  static func word(_ text: some StringProtocol) -> String { elided(plain(text), to: wordLimit) }

  /// A line that may quote words of any length.
  static func line(_ text: some StringProtocol) -> String { elided(plain(text), to: lineLimit) }

  /// The text with an escape for each character that moves a cursor or breaks a line.
  static func plain(_ text: some StringProtocol) -> String { Escaping.visible(text) }

  /// The text with an ellipsis for its middle where it has more than `limit` characters.
  static func elided(_ text: String, to limit: Int) -> String {
    // A character has at least one byte: most texts need not be counted.
    guard text.utf8.count > limit, text.count > limit else { return text }
    let end = limit / 4
    return text.prefix(limit - end - 1) + "\u{2026}" + text.suffix(end)
  }
}
