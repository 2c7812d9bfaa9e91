// SPDX-License-Identifier: Apache-2.0

/// A person's words in a message: on one line, short, and without effect on a terminal.
package enum Echo {
  /// The longest word that is shown whole.
  private static let wordLimit = 60
  /// The longest path that is shown whole.
  private static let pathLimit = 240
  /// The longest word that is shown whole in a message that was not written with words like it in
  /// mind: a file's name of the greatest length, quoted, in a folder.
  private static let longestWord = 400
  /// The longest message.
  private static let messageLimit = 2000
  /// The longest message of the command line's parser that is shown whole.
  private static let lineLimit = 400

  /// A word, its middle left out where it is long.
  package static func word(_ text: some StringProtocol) -> String {
    elided(plain(text), to: wordLimit)
  }

  /// A path, its middle left out where it is longer than people's are: a message names the file
  /// whole.
  package static func path(_ text: some StringProtocol) -> String {
    elided(plain(text), to: pathLimit)
  }

  /// A line that may quote words of any length: those of the command line's parser, names and
  /// values of options, are longer than `wordLimit` by mistake alone.
  package static func line(_ text: some StringProtocol) -> String {
    let words = plain(text).split(separator: " ", omittingEmptySubsequences: false)
    return elided(
      words.map { elided(String($0), to: wordLimit) }.joined(separator: " "), to: lineLimit)
  }

  /// A message that may quote words of any length in any number.
  package static func message(_ text: String) -> String {
    elided(shortened(plain(text)), to: messageLimit)
  }

  /// A line without the middle of its longest words: whatever a file or a command line holds,
  /// nobody is to read thousands of characters of it.
  package static func shortened(_ line: String) -> String {
    guard line.utf8.count > pathLimit else { return line }
    return line.split(separator: " ", omittingEmptySubsequences: false)
      .map { elided(String($0), to: $0.utf8.count > longestWord ? pathLimit / 2 : longestWord) }
      .joined(separator: " ")
  }

  /// The text with an escape for each character that moves a cursor or breaks a line.
  package static func plain(_ text: some StringProtocol) -> String { VisibleText.of(text) }

  /// The text with an ellipsis for its middle where it has more than `limit` characters.
  package static func elided(_ text: String, to limit: Int) -> String {
    // A character has at least one byte: most texts need not be counted.
    guard text.utf8.count > limit, text.count > limit else { return text }
    let end = limit / 4
    return text.prefix(limit - end - 1) + "\u{2026}" + text.suffix(end)
  }
}
