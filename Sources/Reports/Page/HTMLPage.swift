// SPDX-License-Identifier: Apache-2.0

/// A complete HTML document that needs nothing but itself: styles and figures are inline, no
/// network; no scripts but one of its own, without which it has the same contents.
package struct HTMLPage: Sendable {
  /// The kind of report, above the title.
  package var label: String
  /// The heading.
  package var title: String
  /// What was asked.
  package var question: String
  /// The answer in one sentence.
  package var verdict: String
  /// Whether the verdict is a success; its bar is red where not.
  package var holds: Bool
  /// The findings under the verdict.
  package var findings: [String]
  /// The sections.
  package var sections: [Markup.Section]
  /// The last line.
  package var footer: String
  /// What runs when the page is there; nothing from outside goes into it. Nil for no script.
  var script: String?

  /// The page.
  package init(
    label: String, title: String, question: String, verdict: String, holds: Bool,
    findings: [String], sections: [Markup.Section], footer: String
  ) {
    self.label = label
    self.title = title
    self.question = question
    self.verdict = verdict
    self.holds = holds
    self.findings = findings
    self.sections = sections
    self.footer = footer
  }

  /// The document.
  package var markup: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
    style-src 'unsafe-inline'\(script == nil ? "" : "; script-src 'unsafe-inline'")">
    <title>\(Escaping.markup(title))</title>
    <style>
    \(Stylesheet.css)
    </style>
    </head>
    <body>
    <main>
    <header>
    \(Markup.paragraph(label, role: "label"))\
    <h1>\(Markup.prose(title))</h1>
    \(Markup.paragraph(question, role: "asked"))\
    \(Markup.paragraph(verdict, role: holds ? "verdict" : "verdict fails"))\
    \(Markup.list(findings))\
    \(contents)\
    </header>
    \(sections.map(\.markup).joined())\
    <footer>\(Markup.prose(footer))</footer>
    </main>
    \(script.map { "<script>\n\($0)\n</script>\n" } ?? "")\
    </body>
    </html>

    """
  }

  /// Links to the sections.
  private var contents: String {
    let links = sections.map {
      "<li><a href=\"#\($0.id)\">\(Markup.prose($0.title))</a></li>\n"
    }
    return "<nav aria-label=\"Contents\">\n<ol>\n\(links.joined())</ol>\n</nav>\n"
  }
}
