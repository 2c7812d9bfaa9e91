// SPDX-License-Identifier: Apache-2.0

/// Text made harmless for the document it goes into: names in a report come from users' files.
public enum Escaping {
  /// The text with the five markup characters as entities and characters that XML 1.0 forbids
  /// replaced by U+FFFD; safe between tags and in quoted attributes of HTML and SVG.
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
      case "\u{0}"..."\u{1f}", "\u{fffe}", "\u{ffff}": result += "\u{fffd}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The text as one CSV field (RFC 4180): quoted where it holds a comma, a quote or a line break.
  ///
  /// A text that a spreadsheet would take for a formula gets an apostrophe in front.
  public static func csv(_ text: String) -> String {
    var field = text
    if let first = text.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first) {
      field = "'" + text
    }
    guard field.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else {
      return field
    }
    return "\"" + field.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
  }

  /// The text for TeX's horizontal mode: its ten special characters and the symbols of this
  /// project as commands, other characters beyond Latin-1 as question marks.
  public static func tex(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
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
      case "\u{0}"..."\u{1f}": " "
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
