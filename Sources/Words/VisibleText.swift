// SPDX-License-Identifier: Apache-2.0

/// Text whose characters can all be seen.
package enum VisibleText {
  /// The text with an escape such as `\u{202e}` for each character that moves a cursor, breaks a
  /// line, turns the direction of its neighbours or has no width: no two texts that differ look
  /// alike for them, and none reorders what stands around it.
  package static func of(_ text: some StringProtocol) -> String {
    text.unicodeScalars.reduce(into: "") { $0 += of($1) }
  }

  /// The character, or its escape.
  package static func of(_ scalar: Unicode.Scalar) -> String {
    isInvisible(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
  }

  /// Whether a character has no look of its own: controls, formats (all bidirectional ones and the
  /// zero-width ones), separators of lines, ignorable characters (Unicode's
  /// Default_Ignorable_Code_Point) and those that are none.
  package static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    if (" "..."~").contains(scalar) { return false }
    let properties = scalar.properties
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: return true
    default: return properties.isDefaultIgnorableCodePoint || properties.isNoncharacterCodePoint
    }
  }

  /// JSON with the escapes of characters that cannot be seen: outside strings there are none, and a
  /// reader gets the same string.
  package static func escaped(_ json: String) -> String {
    func isEscaped(_ scalar: Unicode.Scalar) -> Bool {
      scalar.value > 0x7e && isInvisible(scalar)
    }
    // Most documents are ASCII and long.
    guard json.utf8.contains(where: { $0 > 0x7e }), json.unicodeScalars.contains(where: isEscaped)
    else { return json }
    return json.unicodeScalars.reduce(into: "") { text, scalar in
      guard isEscaped(scalar) else { return text.unicodeScalars.append(scalar) }
      for unit in String(scalar).utf16 {
        let digits = String(unit, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
  }
}
