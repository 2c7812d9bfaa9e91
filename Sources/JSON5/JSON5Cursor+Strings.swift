// SPDX-License-Identifier: Apache-2.0

extension JSON5Cursor {
  /// The content of the string that begins here, in single or double quotes.
  mutating func string() throws(JSON5Problem) -> String {
    let start = place
    let quote = current
    advance()
    var text = String.UnicodeScalarView()
    while let scalar = current {
      if scalar == quote {
        advance()
        return String(text)
      }
      if scalar == "\n" || scalar == "\r" { break }
      if scalar == "\\" {
        if let escaped = try escape() { text.append(escaped) }
      } else {
        text.append(scalar)
        advance()
      }
    }
    throw problem(at: start, "the string that begins here does not end on its line")
  }

  /// The character that an escape stands for; nil for a line that goes on.
  private mutating func escape() throws(JSON5Problem) -> Unicode.Scalar? {
    let start = place
    advance()
    guard let scalar = current else { return nil }
    if scalar.isJSON5LineEnd {
      let isPair = scalar == "\r" && next == "\n"
      advance()
      if isPair { advance() }
      return nil
    }
    advance()
    switch scalar {
    case "b": return "\u{8}"
    case "f": return "\u{c}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "v": return "\u{b}"
    case "0":
      if let digit = current, ("0"..."9").contains(digit) {
        throw problem(at: start, "no digit may follow \\0")
      }
      return "\u{0}"
    case "1"..."9": throw problem(at: start, "\\\(scalar) is no escape")
    case "x": return Unicode.Scalar(UInt8(try hexadecimal(2, start)))
    case "u": return try unicodeEscape(start)
    default: return scalar
    }
  }

  /// The character of the digits after \u, those of a pair of surrogates together.
  mutating func unicodeEscape(_ start: JSON5Place) throws(JSON5Problem) -> Unicode.Scalar {
    let unit = try hexadecimal(4, start)
    if let scalar = Unicode.Scalar(unit) { return scalar }
    if unit < 0xdc00, current == "\\", next == "u" {
      advance()
      advance()
      let low = try hexadecimal(4, start)
      let code = 0x10000 &+ ((unit &- 0xd800) << 10) &+ (low &- 0xdc00)
      if (0xdc00...0xdfff).contains(low), let scalar = Unicode.Scalar(code) { return scalar }
    }
    throw problem(at: start, "half of a surrogate pair")
  }

  private mutating func hexadecimal(
    _ count: Int, _ start: JSON5Place
  ) throws(JSON5Problem) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<count {
      guard let scalar = current, scalar.isASCII, let digit = Character(scalar).hexDigitValue else {
        throw problem(at: start, "the escape wants \(count) hexadecimal digits")
      }
      value = value << 4 + UInt32(digit)
      advance()
    }
    return value
  }
}

extension Unicode.Scalar {
  var isASCIIAlphanumeric: Bool {
    ("0"..."9").contains(self) || ("a"..."z").contains(self) || ("A"..."Z").contains(self)
  }

  var isJSON5LineEnd: Bool {
    self == "\n" || self == "\r" || self == "\u{2028}" || self == "\u{2029}"
  }

  var isJSON5Space: Bool {
    switch self {
    case " ", "\t", "\u{b}", "\u{c}", "\u{feff}": true
    default: isJSON5LineEnd || properties.generalCategory == .spaceSeparator
    }
  }

  var beginsJSON5Name: Bool {
    if isASCII {
      return isASCIIAlphanumeric && !("0"..."9").contains(self) || self == "$" || self == "_"
    }
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .letterNumber:
      return true
    default: return false
    }
  }

  var continuesJSON5Name: Bool {
    if beginsJSON5Name || ("0"..."9").contains(self) { return true }
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .decimalNumber, .connectorPunctuation: return true
    default: return self == "\u{200c}" || self == "\u{200d}"
    }
  }
}
