// SPDX-License-Identifier: Apache-2.0
import Words

/// A place in a condition and what is read there.
struct ConditionCursor {
  private let characters: [Character]
  /// The number of characters before the place.
  private(set) var offset = 0

  init(_ text: String) { characters = Array(text) }

  /// The number of characters of the condition.
  var count: Int { characters.count }

  /// The character at the place; nil at the end.
  var current: Character? { offset < characters.count ? characters[offset] : nil }

  /// What stands at the place, for messages.
  var found: String {
    guard let current else { return "the end" }
    return "'\(Echo.word(String(current)))'"
  }

  func problem(at offset: Int? = nil, _ reason: String) -> ConditionProblem {
    ConditionProblem(reason: reason, offset: offset ?? self.offset)
  }

  mutating func skipSpace() { while current?.isWhitespace ?? false { offset += 1 } }

  /// Goes behind a text where it stands at the place.
  mutating func take(_ text: String) -> Bool {
    guard characters[offset...].starts(with: text) else { return false }
    offset += text.count
    return true
  }

  /// Letters, digits and underscores, with hyphens and colons between letters or digits: empty where
  /// none stands at the place. A hyphen before a digit is a minus.
  mutating func word() -> String {
    let start = offset
    while let character = current {
      let isInner =
        offset > start && offset + 1 < characters.count
        && (character == "-" && characters[offset + 1].isASCIILetter
          || character == ":" && characters[offset + 1].isOfConditionWord)
      guard character.isOfConditionWord || isInner else { break }
      offset += 1
    }
    return String(characters[start..<offset])
  }

  /// The digits of a number with point and exponent, without a sign.
  mutating func number() throws(ConditionProblem) -> DocumentNumber {
    let start = offset
    while let character = current {
      let isSign =
        (character == "-" || character == "+") && offset > start
        && "eE".contains(characters[offset - 1])
      guard character.isOfConditionWord || character == "." || isSign else { break }
      offset += 1
    }
    let digits = String(characters[start..<offset])
    guard let number = DocumentNumber(digits) else {
      throw problem(
        at: start,
        "'\(Echo.word(digits))' is no number: 12, 0.5 and 1.5e-3 are, up to those of FP64")
    }
    return number
  }

  /// A text between double quotes, in which \" and \\ stand for a quote and a backslash.
  mutating func quoted() throws(ConditionProblem) -> String {
    let start = offset
    var text = ""
    offset += 1
    while let character = current, character != "\"" {
      offset += 1
      guard character == "\\" else {
        text.append(character)
        continue
      }
      guard let escaped = current, escaped == "\"" || escaped == "\\" else {
        throw problem(at: offset - 1, "a backslash stands before a quote or a backslash alone")
      }
      text.append(escaped)
      offset += 1
    }
    guard take("\"") else { throw problem(at: start, "a text without its closing quote") }
    return text
  }

  /// What stands before one of some characters, without spaces around it.
  mutating func text(before ends: String) -> String {
    let start = offset
    while let character = current, !ends.contains(character) { offset += 1 }
    let text = characters[start..<offset]
    let last = text.lastIndex { !$0.isWhitespace }
    return String(text[start..<(last.map { $0 + 1 } ?? start)])
  }
}

extension Character {
  /// Whether it is a letter, a digit or an underscore of ASCII.
  var isOfConditionWord: Bool {
    unicodeScalars.count == 1 && unicodeScalars.allSatisfy(\.isOfConditionWord)
  }

  fileprivate var isASCIILetter: Bool { isASCII && isLetter }
}
