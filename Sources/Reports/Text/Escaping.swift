// SPDX-License-Identifier: Apache-2.0
import Tables
import Words

/// Text made harmless for the document it goes into: names in a report come from users' files.
package enum Escaping {
  /// The text with the five markup characters as entities and what cannot be seen as `visible` has
  /// it; safe between tags and in quoted attributes of HTML and SVG.
  package static func markup(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n", "\r": result.unicodeScalars.append(scalar)
      default: result += VisibleText.of(scalar)
      }
    }
    return result
  }

  /// The text for TeX's horizontal mode: its ten special characters and the symbols of this project
  /// as commands, what cannot be seen as `VisibleText` has it, other characters beyond Latin-1 as
  /// question marks.
  package static func tex(_ text: String) -> String {
    let seen = text.unicodeScalars.reduce(into: "") { text, scalar in
      text += "\t\r\n".unicodeScalars.contains(scalar) ? " " : VisibleText.of(scalar)
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
  package static func identifier(_ text: String) -> String {
    String(
      text.unicodeScalars.map { scalar -> Character in
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", ".": Character(scalar)
        default: "-"
        }
      })
  }
}
