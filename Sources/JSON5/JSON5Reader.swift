// SPDX-License-Identifier: Apache-2.0

/// A strict reader of JSON5 texts (https://spec.json5.org) that keeps the position of every key and
/// value.
///
/// Foundation's decoder reads JSON5 too, but tells no lines, and a person who mistyped a key wants
/// one. Beyond the standard: a key may not occur twice, and nesting is bounded.
package struct JSON5Reader {
  /// The greatest number of bytes of a text.
  package static let sizeLimit = 1 << 20
  /// The greatest depth of lists and objects.
  package static let depthLimit = 64

  var cursor: JSON5Cursor
  private var depth = 0

  private init(_ cursor: JSON5Cursor) { self.cursor = cursor }

  /// The value that a UTF-8 text is.
  ///
  /// - Throws: `JSON5Problem` with the first place that breaks the grammar.
  package static func read(_ bytes: [UInt8], path: String) throws(JSON5Problem) -> JSON5Value {
    guard bytes.count <= sizeLimit else {
      throw JSON5Problem(
        path: path, place: nil, reason: "\(bytes.count) bytes; at most \(sizeLimit) are read")
    }
    var reader = JSON5Reader(try JSON5Cursor(bytes, path: path))
    try reader.cursor.skipSpace()
    if reader.cursor.current == nil {
      throw reader.cursor.problem("nothing but white space and comments: a value is missing")
    }
    let value = try reader.value()
    try reader.cursor.skipSpace()
    if reader.cursor.current != nil {
      throw reader.cursor.problem("nothing may follow the value, found \(reader.cursor.found)")
    }
    return value
  }

  private mutating func value() throws(JSON5Problem) -> JSON5Value {
    let place = cursor.place
    guard let first = cursor.current else { throw cursor.problem("a value is missing at the end") }
    let content: JSON5Value.Content
    switch first {
    case "{": content = try nested { (reader) throws(JSON5Problem) in try reader.object() }
    case "[": content = try nested { (reader) throws(JSON5Problem) in try reader.array() }
    case "\"", "'": content = .string(try cursor.string())
    case "+", "-", ".", "0"..."9": content = .number(try cursor.number())
    default:
      switch try cursor.word() {
      case "null": content = .null
      case "true": content = .flag(true)
      case "false": content = .flag(false)
      case let name where name == "Infinity" || name == "NaN":
        content = .number(JSON5Number(digits: name, isNegative: false))
      case "":
        throw cursor.problem("a value is expected, found \(cursor.found)")
      case let word:
        throw cursor.problem(
          at: place, "\(Quoted.word(word)) is no value; a string stands in quotes")
      }
    }
    return JSON5Value(content: content, place: place)
  }

  private mutating func nested(
    _ body: (inout Self) throws(JSON5Problem) -> JSON5Value.Content
  ) throws(JSON5Problem) -> JSON5Value.Content {
    guard depth < Self.depthLimit else {
      throw cursor.problem("nested more than \(Self.depthLimit) levels deep")
    }
    depth += 1
    defer { depth -= 1 }
    return try body(&self)
  }

  private mutating func array() throws(JSON5Problem) -> JSON5Value.Content {
    let start = cursor.place
    var values: [JSON5Value] = []
    cursor.advance()
    while true {
      try cursor.skipSpace()
      if cursor.take("]") { return .array(values) }
      try refuseEnd(of: "list", start)
      values.append(try value())
      try separator("]", "list", start)
    }
  }

  private mutating func object() throws(JSON5Problem) -> JSON5Value.Content {
    let start = cursor.place
    var object = JSON5Object()
    cursor.advance()
    while true {
      try cursor.skipSpace()
      if cursor.take("}") { return .object(object) }
      try refuseEnd(of: "object", start)
      let place = cursor.place
      let key = try key()
      try cursor.skipSpace()
      guard cursor.take(":") else {
        throw cursor.problem(
          "':' is expected after the key \(Quoted.word(key)), found \(cursor.found)")
      }
      try cursor.skipSpace()
      let value = try value()
      if let earlier = object[key] {
        throw JSON5Problem(
          path: cursor.path, place: place,
          reason: "\(Quoted.word(key)) stands twice, first on line \(earlier.place.line)")
      }
      _ = object.append(JSON5Object.Member(key: key, place: place, value: value))
      try separator("}", "object", start)
    }
  }

  private mutating func key() throws(JSON5Problem) -> String {
    if let first = cursor.current, first == "\"" || first == "'" { return try cursor.string() }
    let word = try cursor.word()
    if word.isEmpty { throw cursor.problem("a key is expected, found \(cursor.found)") }
    return word
  }

  /// A comma, or the end in sight.
  private mutating func separator(
    _ end: Unicode.Scalar, _ what: String, _ start: JSON5Place
  ) throws(JSON5Problem) {
    try cursor.skipSpace()
    if cursor.take(",") || cursor.current == end { return }
    try refuseEnd(of: what, start)
    throw cursor.problem("',' or '\(end)' is expected, found \(cursor.found)")
  }

  private func refuseEnd(of what: String, _ start: JSON5Place) throws(JSON5Problem) {
    guard cursor.current == nil else { return }
    throw cursor.problem("the \(what) that begins on line \(start.line) has no end")
  }
}
