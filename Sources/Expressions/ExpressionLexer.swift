// SPDX-License-Identifier: Apache-2.0
import Words

/// A word of an expression.
struct Token: Equatable {
  enum Kind: Equatable {
    /// A number: starts with a digit or a point.
    case number
    /// A name: starts with a letter.
    case name
    /// One of + - * / ( ) [ ] and the comma.
    case symbol
    /// A file's path, written after an @.
    case file
    case end
  }
  var kind: Kind
  var text: String
  /// The number of characters before the word.
  var offset: Int
}

/// Splits an expression into words.
struct ExpressionLexer {
  private let characters: [Character]
  private var position = 0

  init(_ text: String) { characters = Array(text) }

  /// The words, ending in one of kind `end`.
  mutating func tokens() throws(MalformedExpression) -> [Token] {
    var tokens: [Token] = []
    while true {
      while position < characters.count, characters[position].isWhitespace { position += 1 }
      let token = try next()
      tokens.append(token)
      if token.kind == .end { return tokens }
    }
  }

  private mutating func next() throws(MalformedExpression) -> Token {
    let start = position
    guard position < characters.count else { return Token(kind: .end, text: "", offset: start) }
    let first = characters[position]
    func token(_ kind: Token.Kind) -> Token {
      Token(kind: kind, text: String(characters[start..<position]), offset: start)
    }
    if "+-*/(),[]".contains(first) {
      position += 1
      return token(.symbol)
    }
    if first.isASCII && (first.isNumber || first == ".") {
      skipNumber()
      return token(.number)
    }
    if first.isASCII && first.isLetter {
      skip { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
      return token(.name)
    }
    if first == "@" { return Token(kind: .file, text: try path(), offset: start) }
    throw MalformedExpression(reason: "unexpected '\(Echo.word(String(first)))'", offset: start)
  }

  /// Takes an @ and a path: to the closing quote of one in quotes, else to what ends a word of a
  /// list.
  private mutating func path() throws(MalformedExpression) -> String {
    position += 1
    let start = position
    guard position < characters.count, "\"'".contains(characters[position]) else {
      skip { !$0.isWhitespace && !",)]".contains($0) }
      guard position > start else {
        throw MalformedExpression(reason: "expected a file's path after '@'", offset: start)
      }
      return String(characters[start..<position])
    }
    let quote = characters[position]
    position += 1
    skip { $0 != quote }
    guard position < characters.count else {
      throw MalformedExpression(reason: "a path without its closing \(quote)", offset: start)
    }
    position += 1
    return String(characters[start + 1..<position - 1])
  }

  /// Takes a number with its exponent; a sign belongs to it only right after the exponent's letter.
  private mutating func skipNumber() {
    let prefix = characters[position...].prefix(2)
    let isHexadecimal = prefix.count == 2 && prefix.first == "0" && "xX".contains(prefix.last!)
    let mark: Character = isHexadecimal ? "p" : "e"
    skip { $0.isASCII && ($0.isNumber || $0.isLetter || $0 == ".") && $0.lowercased() != "\(mark)" }
    guard position < characters.count, characters[position].lowercased() == "\(mark)" else {
      return
    }
    position += 1
    if position < characters.count, "+-".contains(characters[position]) { position += 1 }
    skip { $0.isASCII && ($0.isNumber || $0.isLetter || $0 == ".") }
  }

  private mutating func skip(while belongs: (Character) -> Bool) {
    while position < characters.count, belongs(characters[position]) { position += 1 }
  }
}
