// SPDX-License-Identifier: Apache-2.0
import JSON5
import Words

/// A text of JSON5 as a person would write it: unquoted keys, one member a line, comments.
struct JSON5Writer {
  /// A value without parts.
  enum WrittenValue {
    case null
    case string(String)
    /// A number, true or false.
    case literal(String)

    var text: String {
      switch self {
      case .null: "null"
      case .string(let text): Self.quoted(text)
      case .literal(let text): text
      }
    }

    private static func quoted(_ text: String) -> String {
      var quoted = "\""
      for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\": quoted += "\\\(scalar)"
        case "\n": quoted += "\\n"
        case "\t": quoted += "\\t"
        case _ where VisibleText.isInvisible(scalar):
          for unit in String(scalar).utf16 {
            let digits = String(unit, radix: 16)
            quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
          }
        default: quoted.unicodeScalars.append(scalar)
        }
      }
      return quoted + "\""
    }
  }

  private var lines: [String] = []
  private var depth = 0
  /// Whether the next text continues the last line, after a key.
  private var continues = false

  /// The text; every line ends in a newline.
  var text: String { lines.map { $0 + "\n" }.joined() }

  mutating func comment(_ text: String) { append("// " + text) }

  mutating func object(_ body: (inout Self) -> Void) { enclosed("{", "}", body) }
  mutating func array(_ body: (inout Self) -> Void) { enclosed("[", "]", body) }

  /// An object on one line; a single scalar under an empty key.
  mutating func line(_ members: [(String, WrittenValue)]) {
    if members.count == 1, members[0].0.isEmpty { return append(members[0].1.text) }
    append("{ " + members.map { "\($0): \($1.text)" }.joined(separator: ", ") + " }")
  }

  mutating func member(_ key: String, comment: String? = nil, _ body: (inout Self) -> Void) {
    if let comment { self.comment(comment) }
    append("\(key): ")
    continues = true
    body(&self)
    lines[lines.count - 1] += ","
  }

  mutating func member(_ key: String, _ value: String?) {
    append("\(key): \((value.map { WrittenValue.string($0) } ?? .null).text),")
  }

  mutating func member(_ key: String, literal: String?) {
    append("\(key): \(literal ?? "null"),")
  }

  mutating func member(_ key: String, flag: Bool) { member(key, literal: "\(flag)") }

  mutating func element(_ body: (inout Self) -> Void) {
    body(&self)
    lines[lines.count - 1] += ","
  }

  /// A value as it was read.
  mutating func write(_ value: JSON5Value) {
    switch value.content {
    case .null: line([("", .null)])
    case .flag(let flag): line([("", .literal("\(flag)"))])
    case .number(let number):
      line([("", .literal((number.isNegative ? "-" : "") + number.digits))])
    case .string(let text): line([("", .string(text))])
    case .array(let values):
      array { writer in for value in values { writer.element { $0.write(value) } } }
    case .object(let object):
      self.object { writer in
        for member in object.members { writer.member(member.key) { $0.write(member.value) } }
      }
    }
  }

  private mutating func enclosed(_ open: String, _ close: String, _ body: (inout Self) -> Void) {
    append(open)
    let first = lines.count
    depth += 1
    body(&self)
    depth -= 1
    if lines.count == first {
      lines[first - 1] += close
    } else {
      append(close)
    }
  }

  private mutating func append(_ text: String) {
    if continues {
      lines[lines.count - 1] += text
      continues = false
    } else {
      lines.append(String(repeating: "  ", count: depth) + text)
    }
  }
}
