// SPDX-License-Identifier: Apache-2.0
import Formats
import Tables
import Verification
import Words

/// The result of `verify --vectors` in every output format.
struct VectorOutput: Presentable {
  /// Where the vectors came from.
  var path: String
  /// How they were read and judged.
  var request: VectorRequest
  /// What was found.
  var result: VectorResult
  /// The columns that were not read.
  var ignoredColumns: [String]
  /// Whether the subject reports exceptions.
  var reportsFlags: Bool
  /// The file that all differences were written to; nil for none.
  var listPath: String?
  /// Where and how long.
  var run: RunRecord

  var table: Table {
    Table(
      columns: [
        "operation", "format", "to", "rounding", "tested", "flags_compared", "faults",
        "subject_alone", "vectors_alone",
      ] + DocumentedChoice.allCases.map(\.rawValue),
      rows: result.rows.map { evaluation, tally in
        let names = [
          evaluation.operation.rawValue, evaluation.format.id, evaluation.to.id,
          evaluation.semantics.rounding.description,
        ]
        let counts =
          [
            tally.tested, tally.withFlags, tally.faults, tally.subjectAlone, tally.vectorsAlone,
          ] + DocumentedChoice.allCases.map { tally.choices[$0] ?? 0 }
        return names.map { .text($0) } + counts.map { .integer(Int64(clamping: $0)) }
      })
  }

  var document: any Encodable { VectorDocument(self) }
}

// MARK: - Text

extension VectorOutput {
  func text(for terminal: Terminal) -> String {
    var lines = [
      terminal.styled(verdict, result.faultCount > 0 ? .red : .green), "",
    ]
    lines += counts + choices + notes
    for difference in result.faults { lines += [""] + details(difference, terminal) }
    if !result.faults.isEmpty, lines.last == "" { lines.removeLast() }
    lines += remainder
    return lines.joined(separator: "\n") + "\n"
  }

  private var verdict: String {
    let chosen = result.choices.values.reduce(0, +)
    let name = path == "-" ? "standard input" : path
    return "\(request.subject) against \(name): "
      + "\(result.tested.groupedDigits) vector\(result.tested == 1 ? "" : "s") judged, "
      + (result.faultCount == 0 ? "no fault" : "\(result.faultCount.groupedDigits) fault")
      + (result.faultCount > 1 ? "s" : "")
      + (chosen == 0
        ? "."
        : "; \(chosen.groupedDigits) differ\(chosen == 1 ? "s" : "") by documented choices.")
  }

  private var counts: [String] {
    let header = ["operation", "format", "rounding", "judged", "choices", "faults"]
    let rows = result.rows.map { evaluation, tally in
      [
        evaluation.operation.rawValue,
        evaluation.to == evaluation.format
          ? evaluation.format.id : "\(evaluation.format) to \(evaluation.to)",
        evaluation.semantics.rounding.description, tally.tested.groupedDigits,
        tally.choices.values.reduce(0, +).groupedDigits, tally.faults.groupedDigits,
      ]
    }
    let widths = header.indices.map { k in ([header] + rows).map { $0[k].count }.max() ?? 0 }
    return ([header] + rows).map { cells in
      cells.indices.map { k in
        let padding = String(repeating: " ", count: widths[k] - cells[k].count)
        return k < 3 ? cells[k] + padding : padding + cells[k]
      }.joined(separator: "  ")
    }
  }

  private var choices: [String] {
    DocumentedChoice.allCases.compactMap { choice in
      result.choices[choice].map { count in
        "choice: \(count.groupedDigits) \(choice.rawValue), \(choice.explanation)"
          + (result.examples[choice].map { " (line \($0.line))" } ?? "")
      }
    }
  }

  private var notes: [String] {
    var lines: [String] = []
    let withFlags = result.rows.reduce(0) { $0 + $1.tally.withFlags }
    if !reportsFlags {
      lines.append("exceptions not compared: \(request.subject) reports none")
    } else if withFlags < result.tested {
      lines.append(
        "exceptions not compared on \((result.tested - withFlags).groupedDigits) vectors, which tell "
          + "none")
    }
    if request.notation == .fpgen {
      lines.append("tininess \(request.tininess.rawValue) rounding (--tininess)")
    }
    if !ignoredColumns.isEmpty {
      lines.append("columns not read: \(Echo.line(ignoredColumns.joined(separator: ", ")))")
    }
    for (reason, count) in result.skipped.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      lines.append("not judged: \(count.groupedDigits) \(reason)")
    }
    if result.endsEarly { lines.append("the last line has no newline: was the stream cut?") }
    if result.faultCount > 0 {
      let alone = result.rows.reduce(0) { $0 + $1.tally.subjectAlone }
      let vectors = result.rows.reduce(0) { $0 + $1.tally.vectorsAlone }
      lines.append(
        "of the faults MPFR agrees with the vectors in \(alone.groupedDigits), with "
          + "\(request.subject) in \(vectors.groupedDigits)")
    }
    let byTininess = result.rows.reduce(0) { $0 + $1.tally.byTininess }
    if byTininess > 0 {
      let other: Tininess = request.tininess == .afterRounding ? .beforeRounding : .afterRounding
      lines.append(
        "\(byTininess.groupedDigits) faults are none under --tininess \(other.rawValue)")
    }
    return lines
  }

  /// A difference in full.
  func details(_ difference: VectorDifference, _ terminal: Terminal) -> [String] {
    let (evaluation, record) = (difference.evaluation, difference.record)
    let kind = evaluation.operation.resultKind(evaluation.format, to: evaluation.to)
    let operands = zip(record.operands, evaluation.operation.operandKinds(evaluation.format))
    func row(_ name: String, _ datum: DatumText, _ flags: Exceptions?) -> String {
      "  \(name.padding(to: 9)) \(datum.bits.padding(to: 6))  "
        + (difference.predicate == nil ? datum.value : datum.bits == "1" ? "true" : "false")
        + (flags.map { "  flags \($0)" } ?? "")
    }
    let title =
      "line \(difference.line): \(evaluation.operation.rawValue) \(evaluation.format)"
      + (evaluation.to == evaluation.format ? "" : " to \(evaluation.to)")
      + " \(evaluation.semantics.rounding)"
    return [title]
      + zip(["a", "b", "c"], operands).map { name, operand in
        let datum = DatumText(operand.0, kind: operand.1)
        return "  \(name.padding(to: 9)) \(datum.bits.padding(to: 6))  \(datum.value)"
      } + [
        row(
          "vector", DatumText(record.expected, kind: kind),
          difference.hasExpectedFlags ? record.expectedFlags : nil),
        terminal.styled(
          row(request.subject, DatumText(record.got, kind: kind), record.gotFlags), .red),
        row("MPFR", DatumText(difference.reference, kind: kind), difference.referenceFlags),
      ]
  }

  /// Where the differences are that the text does not show.
  private var remainder: [String] {
    if let listPath { return ["", "all differences are listed in '\(listPath)'"] }
    let shown = UInt64(result.faults.count)
    guard shown < result.faultCount else { return [] }
    return [
      "",
      "\((result.faultCount - shown).groupedDigits) faults are not shown; --mismatch-list FILE writes "
        + "them all",
    ]
  }
}
