// SPDX-License-Identifier: Apache-2.0

/// The way from the top of a document to its values.
struct ConditionPath: Hashable, Sendable {
  /// A step of the way, and where the condition has it.
  struct Step: Hashable, Sendable {
    var kind: Kind
    /// The number of characters before it.
    var offset: Int
  }

  enum Kind: Hashable, Sendable {
    /// The value of an object's key; `count` of a list is its length.
    case key(String)
    /// One element, counted from 0.
    case element(Int)
    /// Every element.
    case every
    /// The elements that have all of these values.
    case having([Selection])
  }

  /// What an element has to have: `name=fp16-amp`.
  struct Selection: Hashable, Sendable {
    /// The keys that lead from the element to the value.
    var keys: [String]
    /// The value, a number or a flag as it is written.
    var value: String
    /// The number of characters before the value.
    var offset: Int
  }

  var steps: [Step]
}

/// The spelling of paths, which a condition reads back.
package enum PathText {
  /// The key behind what leads to it.
  package static func appending(_ key: String, to path: String) -> String {
    (path.isEmpty ? "" : path + ".") + word(key)
  }

  /// The element behind what leads to its list.
  package static func appending(element index: Int, to path: String) -> String {
    "\(path)[\(index)]"
  }

  /// The element that its own values tell apart, behind what leads to its list.
  package static func appending(
    selection: [(keys: [String], value: String)], to path: String
  ) -> String {
    let parts = selection.map { keys, value in
      let plain =
        !value.isEmpty && !value.hasPrefix("=")
        && value.unicodeScalars.allSatisfy { $0.isGraphicASCII && !"\",]".contains(Character($0)) }
      return "\(keys.map(word).joined(separator: "."))=\(plain ? value : quoted(value))"
    }
    return "\(path)[\(parts.joined(separator: ","))]"
  }

  private static func word(_ key: String) -> String {
    let isPlain = !key.isEmpty && key.unicodeScalars.allSatisfy(\.isOfConditionWord)
    return isPlain ? key : quoted(key)
  }

  private static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}

extension Unicode.Scalar {
  /// Whether it is a letter, a digit or an underscore of ASCII: keys of these need no quotes.
  var isOfConditionWord: Bool {
    properties.isAlphabetic && isASCII || ("0"..."9").contains(self) || self == "_"
  }

  /// Whether ASCII prints it.
  fileprivate var isGraphicASCII: Bool { ("!"..."~").contains(self) }
}
