// SPDX-License-Identifier: Apache-2.0

/// A position in a text, both numbers from 1.
package struct JSON5Place: Hashable, Sendable, Comparable {
  /// The line; a line ends in LF, CR or CRLF.
  package var line: Int
  /// The Unicode scalar of the line.
  package var column: Int

  /// The position.
  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  /// Whether a position comes earlier in the text.
  package static func < (a: Self, b: Self) -> Bool { (a.line, a.column) < (b.line, b.column) }
}

/// A value of a JSON5 text with the position of its first character.
package struct JSON5Value: Sendable {
  /// What it is.
  package indirect enum Content: Sendable {
    case null
    case flag(Bool)
    case number(JSON5Number)
    case string(String)
    case array([JSON5Value])
    case object(JSON5Object)
  }

  /// What it is.
  package var content: Content
  /// Where it begins.
  package var place: JSON5Place

  /// The value.
  package init(content: Content, place: JSON5Place) {
    self.content = content
    self.place = place
  }

  /// The kind of the value in words, for messages: `a string`.
  package var kind: String {
    switch content {
    case .null: "null"
    case .flag: "a truth value"
    case .number: "a number"
    case .string: "a string"
    case .array: "a list"
    case .object: "an object"
    }
  }

  /// Whether it is `null`.
  package var isNull: Bool { if case .null = content { true } else { false } }
}

/// A number as it was written: a text of FP64 alone would lose large seeds.
package struct JSON5Number: Hashable, Sendable {
  /// The text without a sign.
  package let digits: String
  /// Whether a minus stands before it.
  package let isNegative: Bool

  /// The number rounded to FP64; infinite where it is too large.
  package var double: Double {
    let magnitude: Double =
      switch digits {
      case "Infinity": .infinity
      case "NaN": .nan
      default: hexadecimal.map { $0.double } ?? Double(padded) ?? .nan
      }
    return isNegative ? -magnitude : magnitude
  }

  /// The value where it is whole and the type has it; nil otherwise. 2e3 is whole.
  package func whole<Value: FixedWidthInteger>(as _: Value.Type) -> Value? {
    if let hexadecimal {
      guard let magnitude = hexadecimal.whole else { return nil }
      return isNegative
        ? (magnitude <= UInt64(Int64.max) ? Value(exactly: -Int64(magnitude)) : nil)
        : Value(exactly: magnitude)
    }
    if let value = Value((isNegative ? "-" : "") + digits) { return value }
    return digits.allSatisfy(\.isNumber) ? nil : Value(exactly: double)
  }

  /// The digits as Swift's numbers want them: one before and one after the point.
  private var padded: String {
    var text = digits
    if text.hasPrefix(".") { text = "0" + text }
    if let point = text.firstIndex(of: ".") {
      let next = text.index(after: point)
      if next == text.endIndex || !text[next].isNumber { text.insert("0", at: next) }
    }
    return text
  }

  private var hexadecimal: (double: Double, whole: UInt64?)? {
    guard digits.hasPrefix("0x") || digits.hasPrefix("0X") else { return nil }
    return (Double(digits) ?? .nan, UInt64(digits.dropFirst(2), radix: 16))
  }
}

/// The keys of an object with their values, in the order of the text; no key occurs twice.
package struct JSON5Object: Sendable {
  /// A key with its value.
  package struct Member: Sendable {
    /// The key.
    package let key: String
    /// Where the key begins.
    package let place: JSON5Place
    /// The value.
    package let value: JSON5Value
  }

  /// The keys and values.
  package private(set) var members: [Member] = []
  private var positions: [String: Int] = [:]

  /// The object without keys.
  package init() {}

  /// The member of a key; nil without one.
  package subscript(_ key: String) -> Member? { positions[key].map { members[$0] } }

  /// Appends a member; false, and nothing changed, where its key is there already.
  mutating func append(_ member: Member) -> Bool {
    guard positions[member.key] == nil else { return false }
    positions[member.key] = members.count
    members.append(member)
    return true
  }

  /// Appends a key with its value unless the key is there already.
  package mutating func append(_ key: String, at place: JSON5Place, _ value: JSON5Value) {
    _ = append(Member(key: key, place: place, value: value))
  }
}
