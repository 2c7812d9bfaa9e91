// SPDX-License-Identifier: Apache-2.0
import Measurements
import Tables
import Words

/// The report on two dumps, tensor by tensor.
package struct DumpReport: Sendable {
  /// What was found.
  package let comparison: DumpComparison
  /// How the report was made.
  package let context: ReportContext

  /// The report on a comparison.
  package init(_ comparison: DumpComparison, context: ReportContext) {
    self.comparison = comparison
    self.context = context
  }

  private static func code(_ name: String) -> String {
    "`\(Echo.word(name).replacing("`", with: "'"))`"
  }

  /// What follows, in one sentence.
  package var verdict: String {
    let count = comparison.tensors.count
    guard count > 0 else { return "The two files have no tensor of one name." }
    guard let first = comparison.first else {
      return comparison.onlyFirst.isEmpty && comparison.onlySecond.isEmpty
        ? "All \(count) tensors agree." : "The \(count) tensors that both files have agree."
    }
    let over = comparison.tensors.count(where: \.isOver)
    return "\(Self.code(first.name)) is the first of \(count) tensors "
      + (comparison.order == .noted ? "in the order of execution" : "in the order of the file")
      + " that does not agree: \(Self.reason(first)). \(over) of \(count) do not."
  }

  /// Whether both files say the same.
  package var holds: Bool {
    comparison.first == nil && comparison.onlyFirst.isEmpty && comparison.onlySecond.isEmpty
      && !comparison.tensors.isEmpty
  }

  /// Why a tensor does not agree.
  package static func reason(_ tensor: ComparedTensor) -> String {
    if tensor.shapes[0] != tensor.shapes[1] {
      return "its shapes are \(shape(tensor.shapes[0])) and \(shape(tensor.shapes[1]))"
    }
    guard tensor.different != nil else {
      return "its types are \(tensor.types.joined(separator: " and "))"
    }
    var reasons: [String] = []
    if let nans = tensor.nans, nans > 0 { reasons.append("\(nans) elements are a NaN in one only") }
    if let infinities = tensor.infinities, infinities > 0 {
      reasons.append("\(infinities) elements are infinite in one only")
    }
    if tensor.tolerance == 0, let different = tensor.different {
      reasons.append("\(different) of its elements differ")
    } else if let error = tensor.relativeError, error > tensor.tolerance {
      reasons.append(
        "its relative error is \(ReadableNumber.significant(error)), above "
          + "\(ReadableNumber.significant(tensor.tolerance, digits: 2))")
      if let added = tensor.added, let inherited = tensor.inherited {
        reasons.append(
          "of which its operation added \(ReadableNumber.significant(added)) and inherited "
            + ReadableNumber.significant(inherited))
      }
    } else if tensor.relativeError == nil, tensor.nans != nil {
      reasons.append("it is zero in the first file alone")
    }
    return reasons.joined(separator: ", ")
  }

  /// Sizes as people write them.
  package static func shape(_ sizes: [Int]) -> String {
    sizes.isEmpty ? "scalar" : sizes.map(String.init).joined(separator: "x")
  }

  /// What else there is to know.
  package var findings: [String] {
    var findings: [String] = []
    if comparison.order == .file {
      findings.append(
        "Neither file has the note `halfway.order`: the order is that of the first file, which is "
          + "none of time where names were sorted.")
    }
    for (names, place) in [(comparison.onlyFirst, "first"), (comparison.onlySecond, "second")]
    where !names.isEmpty {
      let shown = names.prefix(5).map(Self.code).joined(separator: ", ")
      findings.append(
        "\(names.count) only in the \(place) file: \(shown)\(names.count > 5 ? ", ..." : "").")
    }
    if let first = comparison.firstAdding, let added = first.added {
      findings.append(
        "\(Self.code(first.name)) is the first whose own operation added more than the tolerance: "
          + "\(ReadableNumber.significant(added)).")
    }
    let types = comparison.tensors.filter { $0.types[0] != $0.types[1] }
    if let first = types.first {
      findings.append(
        "\(types.count) have two types, \(Self.code(first.name)) "
          + "\(first.types.joined(separator: " and ")): they are compared as numbers.")
    }
    return findings
  }

  /// A row for each tensor.
  package var table: Table {
    var table = Table(columns: [
      "position", "tensor", "first_type", "second_type", "first_shape", "second_shape", "elements",
      "different", "relative_error", "largest_difference", "largest_ulps", "largest_at", "nans",
      "infinities", "tolerance", "over", "added", "inherited",
    ])
    func count(_ value: Int?) -> Table.Cell { value.map { .count(UInt64($0)) } ?? .missing }
    for (position, tensor) in comparison.tensors.enumerated() {
      table.append([
        .count(UInt64(position + 1)), .text(tensor.name), .text(tensor.types[0]),
        .text(tensor.types[1]), .text(Self.shape(tensor.shapes[0])),
        .text(Self.shape(tensor.shapes[1])), count(tensor.elements), count(tensor.different),
        tensor.relativeError.map(Table.Cell.number) ?? .missing,
        tensor.largestDifference.map(Table.Cell.number) ?? .missing,
        tensor.largestUlps.map(Table.Cell.number) ?? .missing, count(tensor.largestAt),
        count(tensor.nans), count(tensor.infinities), .number(tensor.tolerance),
        .flag(tensor.isOver), tensor.added.map(Table.Cell.number) ?? .missing,
        tensor.inherited.map(Table.Cell.number) ?? .missing,
      ])
    }
    return table
  }

  /// The relative errors in the order of the tensors; nil where none can be drawn.
  var figure: LineChart? {
    let points = comparison.tensors.enumerated().compactMap { index, tensor in
      tensor.relativeError.flatMap { $0 > 0 ? LineChart.Point(Double(index + 1), $0) : nil }
    }
    guard points.count > 1 else { return nil }
    return LineChart(
      name: "errors", title: "Relative error of each tensor",
      summary: "In the order of the table; logarithmic, tensors that are equal left out.",
      x: Axis("tensor", unit: "position", isWhole: true),
      panels: [
        LineChart.Panel(
          "", axis: Axis("relative error", unit: "1", scale: .log10),
          series: [.init("", style: .compared(1), points: points)])
      ], columns: 1, plotHeight: 160)
  }

  /// The report's files but for its document.
  package func files() -> [ReportFile] {
    let figure = figure
    return [
      ReportFile(path: "index.html", text: page(figure)),
      ReportFile(path: "data/tensors.csv", text: table.csv),
    ] + (figure.map { ReportFile.files(of: $0) } ?? [])
  }

  /// The paths that a report of this kind need not have.
  package var possiblePaths: Set<String> {
    ["data/errors.csv", "figures/errors.svg", "figures/errors.tex"]
  }

  private func page(_ figure: LineChart?) -> String {
    let names = comparison.files.map { Echo.path($0).replacing("`", with: "'") }
    // What people look for stands first: a wide table goes on beyond the page's edge.
    let agreement = "agrees"
    let headings =
      ["tensor", "relative error"] + (comparison.tellsOrigins ? ["added", "inherited"] : []) + [
        agreement, "ulp", "differ", "largest difference", "elements", "type", "NaN", "inf",
      ]
    let table = HTMLTable(
      caption: "Relative error: norm of the difference over the norm of the first. ulp: of the "
        + "coarser of both types, at the first's element."
        + (comparison.tellsOrigins
          ? " Added: what the second run's operation rounded; inherited: what its operands brought; "
            + "over the norm of the first." : ""),
      headings: headings,
      rows: comparison.tensors.map { tensor in
        let types = tensor.types[0] == tensor.types[1] ? [tensor.types[0]] : tensor.types
        let origins: [HTMLTable.Cell] = [.number(tensor.added), .number(tensor.inherited)]
        return [.code(tensor.name), .number(tensor.relativeError)]
          + (comparison.tellsOrigins ? origins : []) + [
            tensor.isOver ? .warning("no") : .text("yes"),
            .number(tensor.largestUlps),
            tensor.different.map { .count(UInt64($0)) } ?? .none,
            .number(tensor.largestDifference), .count(UInt64(tensor.elements)),
            .text(types.joined(separator: ", ")),
            tensor.nans.map { .failures(UInt64($0)) } ?? .none,
            tensor.infinities.map { .failures(UInt64($0)) } ?? .none,
          ]
      })
    var page = HTMLPage(
      label: "Halfway scan", title: "Two dumps, tensor by tensor",
      question: "Where does `\(names.last ?? "")` leave `\(names.first ?? "")`?", verdict: verdict,
      holds: holds, findings: findings,
      sections: [
        Markup.Section(
          "Which tensors differ?", id: "tensors",
          content: (figure.map { Markup.figure($0, number: 1) } ?? "")
            + TableFilter(
              id: "tensor-table", nameLabel: "tensor's name has",
              column: headings.firstIndex(of: agreement) ?? 0, choiceLabel: agreement
            ).markup(around: table)),
        Markup.Section(
          "How to make it again", id: "again",
          content: "<pre>\(Escaping.markup(context.command))</pre>\n"
            + Markup.definitions(
              [("tool", context.tool)] + context.environment.map { ($0.name, $0.value) })
            + "<p class=\"files\">Everything above as data: <a href=\"scan.json\">scan.json</a>, "
            + "<a href=\"data/tensors.csv\">every tensor</a></p>\n"),
      ], footer: "Written by \(context.tool).")
    page.script = TableFilter.script
    return page.markup
  }
}
