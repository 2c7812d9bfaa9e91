// SPDX-License-Identifier: Apache-2.0

/// Plain text as HTML.
///
/// Whatever comes in is escaped first, so that no text, whoever wrote it, can open a tag.
package enum Markup {
  /// The text with `code` between backticks set as code, `2^-24` with a raised exponent and
  /// `1.2e-05` as 1.2 × 10^-5.
  package static func prose(_ text: String) -> String {
    var result = ""
    var isCode = false
    for (index, part) in text.split(separator: "`", omittingEmptySubsequences: false).enumerated() {
      if index > 0 {
        isCode.toggle()
        result += isCode ? "<code>" : "</code>"
      }
      let safe = Escaping.markup(String(part))
      result += isCode ? safe : raised(safe)
    }
    return result + (isCode ? "</code>" : "")
  }

  /// Escaped text with the exponents after `^` raised and decimal exponents spelled out.
  private static func raised(_ text: String) -> String {
    // Most texts have none of these, and expressions are slow to look for them.
    guard text.utf8.contains(where: { $0 == UInt8(ascii: "^") || $0 == UInt8(ascii: "-") })
    else { return text.utf8.contains(UInt8(ascii: "+")) ? spelledOut(text) : text }
    return spelledOut(
      text.replacing(#/(?<base>[0-9a-z])\^(?<exponent>-?[0-9]+|emin|emax)/#) { match in
        "\(match.output.base)<sup>\(minus(match.output.exponent))</sup>"
      }
    ).replacing(#/(?<before>^|[\s(])-(?<digit>[0-9])/#) { match in
      "\(match.output.before)\(ReadableNumber.minus)\(match.output.digit)"
    }
  }

  /// The text with decimal exponents spelled out.
  private static func spelledOut(_ text: String) -> String {
    text.replacing(#/(?<digits>[0-9])e(?<sign>[+-])0?(?<exponent>[0-9]+)\b/#) { match in
      let sign = match.output.sign == "-" ? ReadableNumber.minus : ""
      return "\(match.output.digits)\u{a0}×\u{a0}10<sup>\(sign)\(match.output.exponent)</sup>"
    }
  }

  private static func minus(_ text: Substring) -> String {
    String(text.replacing("-", with: ReadableNumber.minus))
  }

  /// A paragraph of prose.
  package static func paragraph(_ text: String, role: String = "") -> String {
    let attribute = role.isEmpty ? "" : " class=\"\(Escaping.markup(role))\""
    return "<p\(attribute)>\(prose(text))</p>\n"
  }

  /// A list of prose items.
  package static func list(_ items: [String]) -> String {
    guard !items.isEmpty else { return "" }
    return "<ul>\n" + items.map { "<li>\(prose($0))</li>\n" }.joined() + "</ul>\n"
  }

  /// A list of terms with their meanings.
  package static func definitions(_ items: [(term: String, meaning: String)]) -> String {
    let rows = items.map { "<dt>\(prose($0.term))</dt><dd>\(prose($0.meaning))</dd>\n" }
    return "<dl>\n\(rows.joined())</dl>\n"
  }

  /// A section with a heading, to which a page links.
  package struct Section: Sendable {
    /// The heading.
    package let title: String
    /// The name that links lead to.
    package let id: String
    private let content: String

    /// The section; `content` is markup.
    package init(_ title: String, id: String, content: String) {
      self.title = title
      self.id = Escaping.identifier(id)
      self.content = content
    }

    var markup: String {
      """
      <section aria-labelledby="\(id)">
      <h2 id="\(id)">\(Markup.prose(title))</h2>
      \(content)</section>

      """
    }
  }

  /// Markup that is folded on a screen under a line that says what it is, and open on paper; empty
  /// without content.
  package static func folded(_ line: String, _ content: String) -> String {
    content.isEmpty
      ? "" : "<details>\n<summary>\(prose(line))</summary>\n\(content)</details>\n"
  }

  /// A figure with its number, its title, what it shows and links to its files.
  package static func figure(_ figure: some Figure, number: Int) -> String {
    let stem = Escaping.identifier(figure.name)
    return self.figure(
      drawing: figure, number: number,
      files: """

        <span class="files"><a href="data/\(stem).csv">data</a> · \
        <a href="figures/\(stem).svg">SVG</a> · \
        <a href="figures/\(stem).tex">pgfplots</a></span>
        """)
  }

  /// A drawing, once for wide and once for narrow screens, with its number, its title and what it
  /// shows; `files` is markup.
  package static func figure(
    drawing: some Drawing, number: Int, files: String = ""
  ) -> String {
    let stem = Escaping.identifier(drawing.name)
    return """
      <figure id="figure-\(number)">
      <div class="wide">\(drawing.svg(width: FigureWidth.wide, id: "\(stem)-wide"))</div>
      <div class="narrow">\(drawing.svg(width: FigureWidth.narrow, id: "\(stem)-narrow"))</div>
      <figcaption><b>Figure \(number). \(prose(drawing.title)).</b> \
      \(prose(drawing.summary))\(files)</figcaption>
      </figure>

      """
  }
}
