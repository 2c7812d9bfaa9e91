// SPDX-License-Identifier: Apache-2.0
import Words

extension CSignature {
  /// The signature that a text is, a function's name and parameters' names in it ignored.
  ///
  /// - Throws: `SignatureProblem` at the first character that cannot be read.
  package init(_ text: String) throws(SignatureProblem) {
    var parser = SignatureParser(text)
    self = try parser.signature()
  }
}

/// A reader of one signature from left to right.
private struct SignatureParser {
  private let text: String
  private let characters: [Character]
  private var position = 0

  init(_ text: String) {
    self.text = text
    characters = Array(text)
  }

  mutating func signature() throws(SignatureProblem) -> CSignature {
    let result = try type()
    guard !result.isPointer else {
      throw problem("a result is a value or void, not a pointer", at: position - 1)
    }
    // The function's own name, as it stands in a declaration.
    _ = word()
    try expect("(", "the parameters in parentheses")
    var parameters = [CSignature.Parameter]()
    if !take(")") {
      repeat {
        skipSpaces()
        let start = position
        let parameter = try type()
        _ = word()
        if parameter.type == .void {
          guard parameter.isPointer == false, parameters.isEmpty, take(")") else {
            throw problem("void is no parameter's type here; name the elements' type", at: start)
          }
          return try end(CSignature(result: result.type, parameters: []))
        }
        parameters.append(parameter)
      } while take(",")
      try expect(")", "')' or ','")
    }
    return try end(CSignature(result: result.type, parameters: parameters))
  }

  private mutating func end(_ signature: CSignature) throws(SignatureProblem) -> CSignature {
    _ = take(";")
    skipSpaces()
    guard position == characters.count else {
      throw problem("the signature ends before this", at: position)
    }
    return signature
  }

  private mutating func type() throws(SignatureProblem) -> CSignature.Parameter {
    var isConstant = take(word: "const")
    skipSpaces()
    let start = position
    guard var name = word() else {
      throw problem("a type is missing", at: position)
    }
    // Types of two words: unsigned short, long long.
    var found = CType(rawValue: name) ?? CType.synonyms[name]
    let afterFirst = position
    if let second = word() {
      if let both = CType.synonyms["\(name) \(second)"] {
        name += " " + second
        found = both
      } else if name == "long", CType(rawValue: second) != nil {
        // A long double would be taken for a long.
        name += " " + second
        found = nil
      } else {
        position = afterFirst
      }
    }
    guard let found else {
      let known = CType.allCases.map(\.rawValue)
      let nearest = NearestNames.of(name, among: known)
      throw problem(
        "'\(Echo.word(name))' is no type that can be passed"
          + (nearest.isEmpty
            ? "; known: \(known.joined(separator: ", "))"
            : "; did you mean \(nearest.joined(separator: " or "))?"),
        at: start)
    }
    // `float const *` is `const float *`.
    if take(word: "const") { isConstant = true }
    var isPointer = false
    if take("*") {
      isPointer = true
      while take(word: "restrict") || take(word: "__restrict") || take(word: "const") {}
      skipSpaces()
      if position < characters.count, characters[position] == "*" {
        throw problem("a pointer to a pointer cannot be passed", at: position)
      }
    }
    return CSignature.Parameter(
      type: found, isPointer: isPointer, isConstant: isPointer && isConstant)
  }

  private mutating func skipSpaces() {
    while position < characters.count, characters[position].isWhitespace { position += 1 }
  }

  private mutating func word() -> String? {
    skipSpaces()
    let start = position
    while position < characters.count,
      characters[position] == "_" || characters[position].isLetter
        || (position > start && characters[position].isNumber)
    { position += 1 }
    return position > start ? String(characters[start..<position]) : nil
  }

  private mutating func take(word expected: String) -> Bool {
    let start = position
    if word() == expected { return true }
    position = start
    return false
  }

  private mutating func take(_ character: Character) -> Bool {
    skipSpaces()
    guard position < characters.count, characters[position] == character else { return false }
    position += 1
    return true
  }

  private mutating func expect(
    _ character: Character, _ meaning: String
  ) throws(SignatureProblem) {
    guard take(character) else { throw problem("here stands \(meaning)", at: position) }
  }

  private func problem(_ reason: String, at position: Int) -> SignatureProblem {
    SignatureProblem(text: text, position: position, reason: reason)
  }
}
