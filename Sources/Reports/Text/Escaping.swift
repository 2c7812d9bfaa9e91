// SPDX-License-Identifier: Apache-2.0

/// Text made harmless for the document it goes into: names in a report come from users' files.
public enum Escaping {
  /// The text with the five markup characters as entities and what cannot be seen as `visible` has
  /// it; safe between tags and in quoted attributes of HTML and SVG.
  public static func markup(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n", "\r": result.unicodeScalars.append(scalar)
      default: result += visible(scalar)
      }
    }
    return result
  }

  /// The text with an escape such as `\u{202e}` for each character that moves a cursor, breaks a line,
  /// turns the direction of its neighbours or has no width: no two texts that differ look alike for
  /// them, and none reorders what stands around it.
  public static func visible(_ text: some StringProtocol) -> String {
    text.unicodeScalars.reduce(into: "") { $0 += visible($1) }
  }

  private static func visible(_ scalar: Unicode.Scalar) -> String {
    isInvisible(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
  }

  /// Whether a character has no look of its own: controls, formats (all bidirectional ones and the
  /// zero-width ones), separators of lines, ignorable characters (Unicode's
  /// Default_Ignorable_Code_Point) and those that are none.
  static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    if (" "..."~").contains(scalar) { return false }
    let properties = scalar.properties
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: return true
    default: return properties.isDefaultIgnorableCodePoint || properties.isNoncharacterCodePoint
    }
  }

  /// The text as one CSV field (RFC 4180): quoted where it holds a comma, a quote or a line break;
  /// what cannot be seen, but tabs and line breaks, as `visible` has it.
  ///
  /// A text that a spreadsheet would take for a formula gets an apostrophe in front.
  public static func csv(_ text: String) -> String {
    var field = ""
    for scalar in text.unicodeScalars {
      if "\t\r\n".unicodeScalars.contains(scalar) {
        field.unicodeScalars.append(scalar)
      } else {
        field += visible(scalar)
      }
    }
    if let first = text.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first) {
      field = "'" + field
    }
    guard field.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else {
      return field
    }
    // By scalars: a quote under an accent is one Character with it.
    return "\"" + field.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
  }

  /// The text for TeX's horizontal mode: its ten special characters and the symbols of this
  /// project as commands, what cannot be seen as `visible` has it, other characters beyond Latin-1
  /// as question marks.
  public static func tex(_ text: String) -> String {
    let seen = text.unicodeScalars.reduce(into: "") { text, scalar in
      text += "\t\r\n".unicodeScalars.contains(scalar) ? " " : visible(scalar)
    }
    return seen.unicodeScalars.map { scalar in
      switch scalar {
      case "\\": "\\textbackslash{}"
      case "{", "}", "$", "&", "#", "_", "%": "\\\(scalar)"
      case "~": "\\textasciitilde{}"
      case "^": "\\textasciicircum{}"
      case "\u{2212}": "$-$"
      case "\u{2016}": "$\\Vert$"
      case "\u{2211}": "$\\sum$"
      case "\u{2202}": "$\\partial$"
      case "\u{b7}": "$\\cdot$"
      case "\u{a0}": "~"
      case "\u{20}"..."\u{7e}", "\u{a1}"..."\u{ff}": String(scalar)
      // pdflatex stops at characters that its fonts lack.
      default: "?"
      }
    }.joined()
  }

  /// The text reduced to ASCII letters, digits, `-` and `.`: a file stem or a column key.
  public static func identifier(_ text: String) -> String {
    String(
      text.unicodeScalars.map { scalar -> Character in
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", ".": Character(scalar)
        default: "-"
        }
      })
  }
}
