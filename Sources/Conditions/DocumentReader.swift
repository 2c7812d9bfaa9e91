// SPDX-License-Identifier: Apache-2.0
import TensorFiles
import Words

/// A strict reader of JSON (RFC 8259): one value in UTF-8, no key twice, bounded in depth and
/// number of values.
///
/// Foundation's readers make every number a Double or a slow Decimal, and let the last of equal
/// keys win.
package struct DocumentReader {
  /// The greatest depth of lists and objects.
  package static let depthLimit = 64
  /// The greatest number of values: with some 33 bytes for each, half a gigabyte.
  package static let valueLimit = 1 << 24

  private let contents: FileContents
  private var position = 0
  private var depth = 0
  private var values = 0

  private init(_ contents: FileContents) { self.contents = contents }

  /// The value of a text.
  ///
  /// - Throws: `TensorFileProblem` with the first byte that breaks the grammar.
  package static func read(_ contents: FileContents) throws(TensorFileProblem) -> DocumentValue {
    var reader = DocumentReader(contents)
    reader.skipSpace()
    guard reader.current != nil else {
      throw TensorFileProblem(path: contents.path, reason: "no JSON document: it is empty")
    }
    let value = try reader.value()
    reader.skipSpace()
    guard reader.current == nil else {
      throw reader.problem(
        "something follows the JSON document; a file of one is read, as --export FILE.json writes "
          + "it, and no JSON lines")
    }
    return value
  }

  private var bytes: [UInt8] { contents.bytes }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func problem(at byte: Int? = nil, _ reason: String) -> TensorFileProblem {
    TensorFileProblem(path: contents.path, byte: byte ?? position, reason: reason)
  }

  /// What stands at the position, for messages.
  private var found: String {
    guard let current else { return "the end" }
    return (0x21...0x7e).contains(current)
      ? "'\(Character(Unicode.Scalar(current)))'" : "byte \(current)"
  }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0a || byte == 0x09 || byte == 0x0d {
      position += 1
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard current == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }
}

// MARK: - Values

extension DocumentReader {
  private mutating func value() throws(TensorFileProblem) -> DocumentValue {
    values += 1
    guard values <= Self.valueLimit else {
      throw problem("more than \(Self.valueLimit) values: too many to compare")
    }
    // No value begins with a zero byte, and none with the end.
    switch current ?? 0 {
    case UInt8(ascii: "{"):
      return .object(try nested { (reader) throws(TensorFileProblem) in try reader.object() })
    case UInt8(ascii: "["):
      return .list(try nested { (reader) throws(TensorFileProblem) in try reader.list() })
    case UInt8(ascii: "\""): return .text(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    default: break
    }
    for (word, value) in [
      ("null", DocumentValue.null), ("true", .flag(true)), ("false", .flag(false)),
    ] where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw problem("a value is expected, found \(found)")
  }

  private mutating func nested<Value>(
    _ body: (inout Self) throws(TensorFileProblem) -> Value
  ) throws(TensorFileProblem) -> Value {
    guard depth < Self.depthLimit else {
      throw problem("nested more than \(Self.depthLimit) levels deep")
    }
    depth += 1
    defer { depth -= 1 }
    return try body(&self)
  }

  private mutating func list() throws(TensorFileProblem) -> [DocumentValue] {
    var elements: [DocumentValue] = []
    position += 1
    skipSpace()
    if take("]") { return elements }
    while true {
      skipSpace()
      elements.append(try value())
      skipSpace()
      if take("]") { return elements }
      guard take(",") else { throw problem("',' or ']' is expected, found \(found)") }
    }
  }

  private mutating func object() throws(TensorFileProblem) -> DocumentObject {
    let start = position
    var members: [DocumentObject.Member] = []
    position += 1
    skipSpace()
    while !take("}") {
      if !members.isEmpty {
        guard take(",") else { throw problem("',' or '}' is expected, found \(found)") }
        skipSpace()
      }
      guard current == UInt8(ascii: "\"") else {
        throw problem("a key is expected, found \(found)")
      }
      let key = try string()
      skipSpace()
      guard take(":") else { throw problem("':' is expected, found \(found)") }
      skipSpace()
      members.append((key, try value()))
      skipSpace()
    }
    guard let object = DocumentObject(members) else {
      throw problem(at: start, "a key stands twice in the object that begins here")
    }
    return object
  }

  private static func isOfNumber(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "e"),
      UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  private mutating func number() throws(TensorFileProblem) -> DocumentNumber {
    let start = position
    while let byte = current, Self.isOfNumber(byte) { position += 1 }
    guard let number = DocumentNumber(bytes[start..<position]) else {
      let text = String(decoding: bytes[start..<position], as: UTF8.self)
      throw problem(at: start, "'\(Echo.word(text))' is no number, or beyond those of FP64")
    }
    return number
  }
}

// MARK: - Strings

extension DocumentReader {
  private mutating func string() throws(TensorFileProblem) -> String {
    let start = position
    position += 1
    let first = position
    while let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
      position += 1
    }
    var text = Array(bytes[first..<position])
    while !take("\"") {
      guard let byte = current else { throw problem(at: start, "a text without its closing quote") }
      guard byte >= 0x20 else { throw problem("a control character within a text") }
      position += 1
      if byte == UInt8(ascii: "\\") {
        text += String(Character(try escape())).utf8
      } else {
        text.append(byte)
      }
    }
    guard let string = String(validating: text, as: UTF8.self) else {
      throw problem(at: start, "a text that is not UTF-8")
    }
    return string
  }

  /// What stands behind a backslash.
  private mutating func escape() throws(TensorFileProblem) -> Unicode.Scalar {
    let start = position - 1
    let letter = current
    position += 1
    switch letter {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let unit = try codeUnit(start)
      if let scalar = Unicode.Scalar(unit) { return scalar }
      // A character beyond 2^16 is a pair of surrogates (RFC 8259, section 7).
      guard unit < 0xdc00, take("\\"), take("u") else {
        throw problem(at: start, "half a surrogate pair")
      }
      let low = try codeUnit(start)
      guard (0xdc00..<0xe000).contains(low),
        let scalar = Unicode.Scalar(0x10000 + UInt32(unit - 0xd800) << 10 + UInt32(low - 0xdc00))
      else { throw problem(at: start, "half a surrogate pair") }
      return scalar
    default: throw problem(at: start, "an escape that JSON does not have")
    }
  }

  private mutating func codeUnit(_ start: Int) throws(TensorFileProblem) -> UInt16 {
    let digits = bytes[position...].prefix(4)
    let text = String(decoding: digits, as: UTF8.self)
    guard digits.count == 4, text.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let unit = UInt16(text, radix: 16)
    else { throw problem(at: start, "\\u without its four hexadecimal digits") }
    position += 4
    return unit
  }
}
