// SPDX-License-Identifier: Apache-2.0

/// Strings and objects of JSON (RFC 8259).
extension HeaderCursor {
  /// Reads an object's members: `read` is given each name with its place, and stands at the value.
  mutating func object(
    _ read: (inout HeaderCursor, String, Int) throws(TensorFileProblem) -> Void
  ) throws(TensorFileProblem) {
    try expect("{")
    skipSpace()
    if skip("}") { return }
    repeat {
      skipSpace()
      let place = offset
      let name = try string("a name")
      try expect(":")
      skipSpace()
      try read(&self, name, place)
      skipSpace()
    } while skip(",")
    guard skip("}") else { throw unexpected("',' or '}'") }
  }

  /// Reads an array of whole numbers.
  ///
  /// - Parameter limit: the most numbers.
  mutating func wholeNumbers(
    _ what: String, most limit: Int
  ) throws(TensorFileProblem) -> [Int] {
    let start = offset
    try expect("[")
    skipSpace()
    if skip("]") { return [] }
    var numbers: [Int] = []
    repeat {
      guard numbers.count < limit else {
        throw region.problem(at: start, "\(what): more than \(limit) numbers")
      }
      numbers.append(try wholeNumber("\(what) \(numbers.count + 1)"))
      skipSpace()
    } while skip(",")
    guard skip("]") else { throw unexpected("',' or ']'") }
    return numbers
  }

  /// Reads a string.
  mutating func string(_ what: String) throws(TensorFileProblem) -> String {
    let quote = UInt8(ascii: "\"")
    guard skip("\"") else { throw unexpected("\(what) in double quotes") }
    let start = offset
    var decoded: [UInt8] = []
    var plain = offset
    while let byte = next, byte != quote {
      guard byte >= 0x20 else { throw unexpected("no control character but an escape") }
      guard byte == UInt8(ascii: "\\") else {
        advance()
        continue
      }
      decoded += region[plain..<offset]
      decoded += Array(String(try escape()).utf8)
      plain = offset
    }
    guard !isAtEnd else { throw unexpected("the closing quote") }
    let rest = region[plain..<offset]
    let bytes = decoded.isEmpty ? rest : (decoded + rest)[...]
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw region.problem(at: invalidCharacter(start..<offset), "not UTF-8")
    }
    advance()
    return text
  }

  /// The character of an escape, of which one beyond U+FFFF takes two.
  private mutating func escape() throws(TensorFileProblem) -> Unicode.Scalar {
    let start = offset
    advance()
    let short: [UInt8: Unicode.Scalar] = [
      0x22: "\"", 0x5c: "\\", 0x2f: "/", 0x62: "\u{8}", 0x66: "\u{c}", 0x6e: "\n", 0x72: "\r",
      0x74: "\t",
    ]
    if let byte = next, let scalar = short[byte] {
      advance()
      return scalar
    }
    guard skip("u") else { throw unexpected("an escape of JSON") }
    let first = try codeUnit()
    guard UTF16.isSurrogate(first) else { return Unicode.Scalar(first) ?? "\u{fffd}" }
    guard UTF16.isLeadSurrogate(first), skip(word: "\\u"),
      case let second = try codeUnit(), UTF16.isTrailSurrogate(second)
    else { throw region.problem(at: start, "half of a surrogate pair, which is no character") }
    return UTF16.decode(UTF16.EncodedScalar([first, second]))
  }

  private mutating func codeUnit() throws(TensorFileProblem) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw unexpected("a hexadecimal digit")
      }
      unit = unit << 4 | UInt16(digit)
      advance()
    }
    return unit
  }

  /// The first byte that begins no character of UTF-8.
  private func invalidCharacter(_ range: Range<Int>) -> Int {
    var decoder = Unicode.UTF8()
    var iterator = region[range].makeIterator()
    var place = range.lowerBound
    while case .scalarValue(let scalar) = decoder.decode(&iterator) { place += UTF8.width(scalar) }
    return place
  }
}
