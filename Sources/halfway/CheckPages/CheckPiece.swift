// SPDX-License-Identifier: Apache-2.0
import KernelChecks
import Reports

/// A part of a check's page: a heading and what stands under it.
struct CheckPiece {
  enum Content {
    case markup(String)
    case drawing(any Drawing)
  }

  var title: String
  /// The name that links lead to, within its check.
  var id: String
  var content: [Content]

  init(_ title: String, id: String, _ content: [Content]) {
    (self.title, self.id, self.content) = (title, id, content)
  }
}

/// A result of a check that a page can show.
protocol PagedCheck: CheckResult {
  /// What it is, for a heading.
  var heading: String { get }
  /// What was asked, as a question.
  var question: String { get }
  /// What was checked, beside the kernel and what computed.
  var facts: [(term: String, meaning: String)] { get }
  /// What was found; `stem` begins the names of drawings.
  func findings(stem: String) -> [CheckPiece]
  /// The command lines that do it, or a part of it, again, each with what it does.
  var lines: [(purpose: String, line: String)] { get }
  /// How the kernel was named.
  var subject: KernelSubject { get }
}

extension PagedCheck {
  /// Everything that is known of the check, in the order of a page.
  func pieces(stem: String, provenance: [String: String]) -> [CheckPiece] {
    [
      CheckPiece(
        "What was checked", id: "what",
        [.markup(Markup.definitions(kernelFacts(provenance) + facts + versions(provenance)))])
    ] + comparisonPieces + referencePieces + findings(stem: stem) + propertyPieces + [
      CheckPiece(
        "How to make it again", id: "again",
        lines.map {
          .markup(
            Markup.paragraph($0.purpose) + "<pre>\(Escaping.markup($0.line))</pre>\n")
        })
    ]
  }

  private func kernelFacts(
    _ provenance: [String: String]
  ) -> [(term: String, meaning: String)] {
    var facts: [(term: String, meaning: String)] = []
    switch subject {
    case .library(let path, let symbol, let signature):
      let file = provenance["library"] ?? path
      facts.append(("kernel", "`\(Self.code(symbol))` of `\(Self.code(file))`"))
      facts.append(("signature", "`\(Self.code(signature.text))`"))
    case .python(let callable, _): facts.append(("kernel", "`\(Self.code(callable))`"))
    case .command(let words):
      facts.append(("kernel", "`\(Self.code(words.joined(separator: " ")))`"))
    case .own(let name): facts.append(("kernel", "Halfway's `\(Self.code(name))`"))
    case .files(let inputs, let output):
      facts.append(("inputs", inputs.map { "`\(Self.code($0))`" }.joined(separator: ", ")))
      facts.append(("outputs", "`\(Self.code(output))`"))
    }
    if let digest = provenance["libraryDigest"] {
      facts.append(("library's digest", "FNV-1a `\(Self.code(digest))`"))
    } else if !subject.isFiles, let name = provenance["kernel"] {
      facts.append(("calls itself", "`\(Self.code(name))`"))
    }
    if let shard { facts.append(("part", "shard \(shard.index)/\(shard.of) of the cases")) }
    return facts
  }

  /// What computed the kernel, of what its worker told.
  private func versions(_ provenance: [String: String]) -> [(term: String, meaning: String)] {
    let told: Set<String> = [
      "kernel", "halfway", "mpfr", "libc", "cpu", "cpuFlags", "library", "libraryDigest",
    ]
    return provenance.filter { !told.contains($0.key) }.sorted { $0.key < $1.key }
      .map { ($0.key, $0.value) }
  }

  private var referencePieces: [CheckPiece] {
    referenceSentence.map {
      [
        CheckPiece(
          "Beside its reference", id: "reference",
          [.markup(Markup.paragraph($0))])
      ]
    } ?? []
  }

  private var propertyPieces: [CheckPiece] {
    guard !properties.results.isEmpty else { return [] }
    let table = HTMLTable(
      caption: "What holds of results together, whatever their errors are.",
      headings: ["property", "required", "what was found"],
      rows: properties.results.map { result in
        let isRequired = properties.required.contains(result.property)
        return [
          .text(result.text), .text(isRequired ? "yes" : "no"),
          isRequired && !result.holds ? .warning(result.finding) : .text(result.finding),
        ]
      })
    return [CheckPiece("Properties", id: "properties", [.markup(table.markup)])]
  }

  private var comparisonPieces: [CheckPiece] {
    guard let comparison else { return [] }
    let shown = comparison.differences.prefix(40)
    var items = Array(shown)
    if comparison.differences.count > shown.count {
      items.append("\(comparison.differences.count - shown.count) more not shown")
    }
    return [
      CheckPiece(
        "Beside its baseline", id: "baseline",
        [.markup(Markup.paragraph(comparison.sentence) + Markup.list(items))])
    ]
  }

  /// A text between backticks that ends where they do.
  static func code(_ text: String) -> String { text.replacing("`", with: "'") }
}
