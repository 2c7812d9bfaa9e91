// SPDX-License-Identifier: Apache-2.0
import Foundation
import Reports
import Words

/// A page about one check, or about those of a file.
struct CheckPage {
  let output: SuiteOutput
  /// The file of checks; nil of one check.
  let file: String?

  init(_ output: SuiteOutput, file: String?) { (self.output, self.file) = (output, file) }

  /// The document.
  var markup: String {
    file.map(suite) ?? single
  }

  private var footer: String { "Written by halfway \(Version.current)." }

  // MARK: - One check

  private var single: String {
    guard let entry = output.entries.first, let check = entry.result as? any PagedCheck else {
      return ""
    }
    var number = 0
    var sections = check.pieces(stem: "check", provenance: entry.provenance).map { piece in
      Markup.Section(piece.title, id: piece.id, content: Self.content(piece, &number))
    }
    sections.append(environment(of: entry.provenance, check.run))
    return HTMLPage(
      label: "Halfway check", title: check.heading, question: check.question,
      verdict: check.verdict, holds: !entry.hasFindings,
      findings: check.comparison.map { [$0.sentence] } ?? [], sections: sections, footer: footer
    ).markup
  }

  // MARK: - A file of checks

  private func suite(_ file: String) -> String {
    var number = 0
    let sections = output.entries.enumerated().map { index, entry in
      section(of: entry, index, &number)
    }
    let run = output.entries.lazy.compactMap { $0.result?.run }.first
    let provenance = output.entries.first { !$0.provenance.isEmpty }?.provenance ?? [:]
    let count = output.entries.count
    return HTMLPage(
      label: "Halfway check", title: "\(count) check\(count == 1 ? "" : "s") of kernels",
      question: "Does every kernel of `\(Echo.path(file).replacing("`", with: "'"))` keep to its "
        + "criterion?",
      verdict: output.verdict, holds: output.status == .holds, findings: [],
      sections: [Markup.Section("All checks", id: "all", content: table.markup)] + sections
        + [environment(of: provenance, run)],
      footer: footer
    ).markup
  }

  private static func id(_ index: Int, _ entry: SuiteOutput.Entry) -> String {
    "check-\(index + 1)-\(entry.name)"
  }

  private func section(
    of entry: SuiteOutput.Entry, _ index: Int, _ number: inout Int
  ) -> Markup.Section {
    let id = Self.id(index, entry)
    var content = Markup.paragraph(
      entry.sentence, role: entry.hasFindings || entry.problem != nil ? "verdict fails" : "verdict")
    if let check = entry.result as? any PagedCheck {
      for piece in check.pieces(stem: "check-\(index + 1)", provenance: entry.provenance) {
        content +=
          "<h3 id=\"\(Escaping.identifier("\(id)-\(piece.id)"))\">\(Markup.prose(piece.title))</h3>\n"
          + Self.content(piece, &number)
      }
    }
    return Markup.Section(entry.name, id: id, content: content)
  }

  private var table: HTMLTable {
    let figures = output.entries.map { $0.result?.figures }
    let hasUlps = figures.contains { $0?.largestError != nil }
    let hasScaled = figures.contains { $0?.largestScaledError != nil }
    return HTMLTable(
      caption: "Each check with its figures; errors of elements in ulp, of arrays in units of the "
        + "accumulator's roundoff times the sum of magnitudes.",
      headings: ["check", "", "results", "not nearest"] + (hasUlps ? ["largest error [ulp]"] : [])
        + (hasScaled ? ["largest scaled error"] : []) + ["time [s]"],
      rows: output.entries.enumerated().map { index, entry in
        let figures = entry.result?.figures
        return [
          .link(entry.name, to: Self.id(index, entry)),
          entry.problem != nil
            ? .warning("not made") : entry.hasFindings ? .warning("fails") : .text("holds"),
          figures.map { .count($0.tested) } ?? .none,
          figures.map { .count($0.misrounded) } ?? .none,
        ] + (hasUlps ? [Self.error(figures?.largestError)] : [])
          + (hasScaled ? [Self.error(figures?.largestScaledError)] : [])
          + [.fixed(entry.seconds, digits: 1)]
      })
  }

  /// An error; in words where it has no size.
  static func error(_ x: Double?, infinite: String = "wrong special") -> HTMLTable.Cell {
    guard let x else { return .none }
    return x.isFinite ? .number(x, digits: 4) : .warning(infinite)
  }

  // MARK: - Both

  private static func content(_ piece: CheckPiece, _ number: inout Int) -> String {
    piece.content.map { content in
      switch content {
      case .markup(let markup): return markup
      case .drawing(let drawing):
        number += 1
        return Markup.figure(drawing: drawing, number: number)
      }
    }.joined()
  }

  /// What ran it, and when.
  private func environment(
    of provenance: [String: String], _ run: RunRecord?
  ) -> Markup.Section {
    let environment = run?.environment ?? RunEnvironment.current
    var facts: [(term: String, meaning: String)] = [
      ("tool", "halfway \(run?.toolVersion ?? Version.current)"),
      ("processor", environment.cpu),
      ("extensions", environment.cpuFlags.joined(separator: " ")),
      ("system", environment.system), ("C library", environment.libc),
      ("MPFR", environment.mpfr),
      ("build", "\(environment.build), for \(environment.instructions)"),
    ]
    if let commit = environment.commit { facts.append(("commit", commit)) }
    if let run {
      let seconds = output.entries.reduce(0) { $0 + $1.seconds }
      facts += [
        ("started", run.started),
        ("duration", "\(ReadableNumber.fixed(seconds, digits: 1)) s"),
        ("threads", "\(run.threads)"),
      ]
    }
    return Markup.Section(
      run == nil ? "What wrote it" : "What ran it", id: "environment",
      content: Markup.definitions(facts.filter { !$0.meaning.isEmpty }))
  }
}
