// SPDX-License-Identifier: Apache-2.0
import Formats
import Tables
import Verification

/// The result of `verify`, `merge` and `audit` in every output format.
struct VerificationOutput: Presentable {
  /// What was found.
  var result: VerificationResult
  /// Where and how long; nil for a merged result.
  var run: RunRecord?
  /// The file that all mismatches were written to; nil for none.
  var listPath: String?

  /// The form that `merge` reads.
  func jsonLines() throws -> String { try ShardFile.text(result, run: run) }

  var document: any Encodable { VerificationDocument(result: result, run: run) }

  var table: Table {
    Table(
      columns: [
        "operation", "format", "to", "cases", "rounding", "tested", "mismatches", "inexact",
        "underflow", "overflow", "divide_by_zero", "invalid",
      ],
      rows: result.rows.map { row in
        let counts = [
          row.tally.tested, row.tally.mismatches, row.tally.flags.inexact,
          row.tally.flags.underflow, row.tally.flags.overflow, row.tally.flags.divideByZero,
          row.tally.flags.invalid,
        ]
        let names = [
          row.operation.rawValue, row.format.id, row.to.id, row.cases.description,
          row.rounding.description,
        ]
        return names.map { .text($0) } + counts.map { .integer(Int64(clamping: $0)) }
      })
  }
}

// MARK: - Text

extension VerificationOutput {
  func text(for terminal: Terminal) -> String {
    let colour: Emphasis =
      result.mismatches > 0 ? .red : result.tested > 0 ? .green : .yellow
    var lines = [terminal.styled(verdict, colour), ""]
    lines += counts
    for skipped in result.skipped {
      let names =
        Set(skipped.roundings).count == result.configuration.roundings.count
        ? "" : " " + skipped.roundings.map(\.description).joined(separator: ",")
      lines.append(
        "skipped: \(skipped.operation.rawValue) \(skipped.format)\(names), \(skipped.reason)")
    }
    for row in result.rows where row.tally.mismatches > 0 {
      let shown = row.tally.first
      lines += [
        "",
        "\(row.operation.rawValue) \(row.formats) \(row.rounding): "
          + "\(row.tally.mismatches.groupedDigits) of \(row.tally.tested.groupedDigits) differ"
          + (shown.isEmpty ? "" : ", the first \(shown.count):"),
      ]
      for record in shown {
        lines += CaseText.lines(CaseReport(row, record, result.configuration), terminal)
      }
    }
    lines += remainder
    return lines.joined(separator: "\n") + "\n"
  }

  /// Where the mismatches are that the text does not show.
  private var remainder: [String] {
    let shown = result.rows.reduce(0) { $0 + UInt64($1.tally.first.count) }
    if let listPath {
      return ["all \(result.mismatches.groupedDigits) mismatches are listed in '\(listPath)'"]
    }
    guard shown < result.mismatches else { return [] }
    return [
      "\((result.mismatches - shown).groupedDigits) mismatches are not shown; "
        + "--mismatch-list FILE writes them all"
    ]
  }

  private var verdict: String {
    let configuration = result.configuration
    let formats = configuration.formats.map(\.id).joined(separator: ", ")
    let tested = result.tested.groupedDigits
    let outcome =
      result.tested == 0
      ? "there are more shards than cases"
      : result.mismatches == 0
        ? "none differs" : "\(result.mismatches.groupedDigits) differ"
    return
      "\(configuration.subject) against \(configuration.reference) in \(formats)\(result.shard.text): "
      + "\(tested) results compared, \(outcome)."
  }

  private var counts: [String] {
    let header = ["operation", "format", "cases", "rounding", "tested", "differ"]
    let rows = result.rows.map { row in
      [
        row.operation.rawValue, row.formats, row.cases.description, row.rounding.description,
        row.tally.tested.groupedDigits, row.tally.mismatches.groupedDigits,
      ]
    }
    let widths = header.indices.map { k in ([header] + rows).map { $0[k].count }.max() ?? 0 }
    return ([header] + rows).map { cells in
      cells.indices.map { k in
        let padding = String(repeating: " ", count: widths[k] - cells[k].count)
        return k < 4 ? cells[k] + padding : padding + cells[k]
      }.joined(separator: "  ")
    }
  }
}
