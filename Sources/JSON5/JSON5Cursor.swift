// SPDX-License-Identifier: Apache-2.0

/// A place in a text that moves on: white space, words, strings and numbers of JSON5.
struct JSON5Cursor {
  let path: String
  private let scalars: [Unicode.Scalar]
  private var index = 0
  private(set) var place = JSON5Place(line: 1, column: 1)

  /// The cursor at the first character.
  ///
  /// - Throws: `JSON5Problem` with the first byte that begins no character.
  init(_ bytes: [UInt8], path: String) throws(JSON5Problem) {
    var scalars: [Unicode.Scalar] = []
    scalars.reserveCapacity(bytes.count)
    var decoder = Unicode.UTF8()
    var iterator = bytes.makeIterator()
    var offset = 0
    decoding: while true {
      switch decoder.decode(&iterator) {
      case .scalarValue(let scalar):
        scalars.append(scalar)
        offset += UTF8.width(scalar)
      case .emptyInput: break decoding
      case .error:
        let line = 1 + bytes[..<offset].count { $0 == 0x0a }
        throw JSON5Problem(
          path: path, place: JSON5Place(line: line, column: 1),
          reason: "byte \(offset) of the file begins no character: not UTF-8 text")
      }
    }
    self.path = path
    self.scalars = scalars
  }

  /// The character here; nil at the end.
  var current: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  /// The character after that.
  var next: Unicode.Scalar? { index + 1 < scalars.count ? scalars[index + 1] : nil }

  /// The character here in words.
  var found: String { current.map { Quoted.word(String($0)) } ?? "the end" }

  /// The problem here, or at another place.
  func problem(at place: JSON5Place? = nil, _ reason: String) -> JSON5Problem {
    JSON5Problem(path: path, place: place ?? self.place, namesColumn: true, reason: reason)
  }

  mutating func advance() {
    let isLineEnd = scalars[index] == "\n" || (scalars[index] == "\r" && next != "\n")
    place =
      isLineEnd
      ? JSON5Place(line: place.line + 1, column: 1)
      : JSON5Place(line: place.line, column: place.column + 1)
    index += 1
  }

  /// Whether the character is here, and then past it.
  mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard current == scalar else { return false }
    advance()
    return true
  }

  mutating func skipSpace() throws(JSON5Problem) {
    while let scalar = current {
      if scalar.isJSON5Space {
        advance()
      } else if scalar == "/" {
        try skipComment()
      } else {
        return
      }
    }
  }

  private mutating func skipComment() throws(JSON5Problem) {
    let start = place
    switch next {
    case "/":
      while let scalar = current, !scalar.isJSON5LineEnd { advance() }
    case "*":
      advance()
      advance()
      while !(current == "*" && next == "/") {
        if current == nil { throw problem(at: start, "the comment that begins here has no end") }
        advance()
      }
      advance()
      advance()
    default: throw problem("a '/' that begins no comment")
    }
  }

  /// An identifier as ECMAScript 5.1 has it; empty where none begins here.
  mutating func word() throws(JSON5Problem) -> String {
    var word = String.UnicodeScalarView()
    while let scalar = current {
      let start = place
      var part = scalar
      let isEscape = scalar == "\\"
      if isEscape {
        advance()
        guard take("u") else { throw problem(at: start, "only \\u may stand in a key") }
        part = try unicodeEscape(start)
      }
      guard word.isEmpty ? part.beginsJSON5Name : part.continuesJSON5Name else {
        if isEscape { throw problem(at: start, "the escape is no letter of a key") }
        break
      }
      if !isEscape { advance() }
      word.append(part)
    }
    return String(word)
  }

  /// A number with its sign.
  mutating func number() throws(JSON5Problem) -> JSON5Number {
    let start = place
    var isNegative = false
    if current == "+" || current == "-" {
      isNegative = current == "-"
      advance()
    }
    var digits = ""
    while let scalar = current, scalar.isASCIIAlphanumeric || scalar == "." || isSign(after: digits)
    {
      digits.unicodeScalars.append(scalar)
      advance()
    }
    guard Self.isNumber(digits) else {
      throw problem(at: start, "\(Quoted.word((isNegative ? "-" : "") + digits)) is no number")
    }
    return JSON5Number(digits: digits, isNegative: isNegative)
  }

  /// Whether a sign here belongs to the exponent that `digits` end in.
  private func isSign(after digits: String) -> Bool {
    guard current == "+" || current == "-", let last = digits.last else { return false }
    return (last == "e" || last == "E") && !digits.hasPrefix("0x") && !digits.hasPrefix("0X")
  }

  /// Whether digits without a sign are a number: by hand, because a regular expression is compiled
  /// anew at every number.
  private static func isNumber(_ digits: String) -> Bool {
    if digits == "Infinity" || digits == "NaN" { return true }
    let bytes = Array(digits.utf8)
    if bytes.starts(with: Array("0x".utf8)) || bytes.starts(with: Array("0X".utf8)) {
      return bytes.count > 2 && bytes[2...].allSatisfy(isHexadecimal)
    }
    func end(ofDigitsFrom start: Int) -> Int {
      bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
    }
    let whole = end(ofDigitsFrom: 0)
    if whole > 1, bytes[0] == UInt8(ascii: "0") { return false }
    var next = whole
    if next < bytes.count, bytes[next] == UInt8(ascii: ".") {
      let fraction = end(ofDigitsFrom: next + 1)
      if whole == 0, fraction == next + 1 { return false }
      next = fraction
    } else if whole == 0 {
      return false
    }
    if next == bytes.count { return true }
    guard bytes[next] | 0x20 == UInt8(ascii: "e") else { return false }
    next += 1
    if next < bytes.count, bytes[next] == UInt8(ascii: "+") || bytes[next] == UInt8(ascii: "-") {
      next += 1
    }
    return next < bytes.count && end(ofDigitsFrom: next) == bytes.count
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
  }
}
