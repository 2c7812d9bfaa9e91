// SPDX-License-Identifier: Apache-2.0
import Formats
import Tables
import Verification
import Words
import Work

/// The result of `elementary` in every output format.
struct ElementaryOutput: NamedWorkOutput {
  let work: ElementaryCampaign
  let counts: [ElementaryErrors]
  let shard: Shard?
  let run: RunRecord?

  var rows: [ElementaryCampaign.Row] { work.rows(counts) }

  /// Whether an error is not below its bound.
  var hasFindings: Bool { findings > 0 }
  /// Whether something was measured and every error is below its bound.
  var holds: Bool { tested > 0 && !hasFindings }
  private var tested: UInt64 { rows.reduce(0) { $0 + $1.errors.tested } }
  private var findings: Int { rows.count { !$0.holds } }

  /// Such as `0.501 ulp (fp64: 1)`.
  private var bound: String {
    let domains = Set(rows.map(\.domain))
    return domains == [.fp64]
      ? "1 ulp" : "0.501 ulp" + (domains.contains(.fp64) ? " (fp64: 1)" : "")
  }

  func text(for terminal: Terminal) -> String {
    let count = tested.groupedDigits
    let verdict =
      tested == 0
      ? "0 results\(shard.text): there are more shards than blocks of operands."
      : holds
        ? "\(count) results against MPFR\(shard.text): every error is below \(bound)."
        : "\(count) results against MPFR\(shard.text): an error of \(bound) or more in "
          + "\(findings) of \(rows.count) rows."
    var lines = [terminal.styled(verdict, holds ? .green : .red), ""]
    lines.append(
      terminal.styled(
        line("", "operands", "not nearest", "largest error", "at"), .faint))
    for row in rows {
      let errors = row.errors
      lines.append(
        line(
          "\(row.function.rawValue) \(row.domain.rawValue)", errors.tested.groupedDigits,
          errors.misrounded.map { $0.groupedDigits } ?? "-",
          UlpText.of(errors.largest), ElementaryOutput.encoding(errors.operand)))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(
    _ title: String, _ tested: String, _ misrounded: String, _ error: String, _ place: String
  ) -> String {
    title.padding(to: 16) + " " + tested.padding(to: 13, onTheLeftWith: " ") + "  "
      + misrounded.padding(to: 11, onTheLeftWith: " ") + "  "
      + error.padding(to: 14, onTheLeftWith: " ") + "  " + place
  }

  static func encoding(_ bits: UInt64?) -> String {
    bits.map { "0x" + String($0, radix: 16) } ?? "-"
  }

  var table: Table {
    Table(
      columns: [
        "function", "format", "tested", "misrounded", "largest_error_ulp", "operand", "result",
      ],
      rows: rows.map { row in
        [
          .text(row.function.rawValue), .text(row.domain.rawValue),
          .integer(Int64(clamping: row.errors.tested)),
          row.errors.misrounded.map { .integer(Int64(clamping: $0)) } ?? .missing,
          .number(row.errors.largest), .text(Self.encoding(row.errors.operand)),
          .text(Self.encoding(row.errors.result)),
        ]
      })
  }

  var document: any Encodable { Document(output: self) }

  private struct Document: Encodable {
    /// A row, encodings in hexadecimal and an infinite error as null.
    struct Row: Encodable {
      var function: ElementaryFunction
      var domain: ElementaryDomain
      var tested: UInt64
      var misrounded: UInt64?
      var largestErrorUlp: Double?
      var operand: String
      var result: String
    }

    struct Summary: Encodable {
      var tested: UInt64
      var findings: Int
      var holds: Bool
    }

    var schema = "halfway/elementary/1"
    var tool = "halfway"
    var configuration: ElementaryCampaign.Configuration
    var shard: Shard?
    var summary: Summary
    var results: [Row]
    var run: RunRecord?

    init(output: ElementaryOutput) {
      configuration = output.work.configuration
      shard = output.shard
      summary = Summary(tested: output.tested, findings: output.findings, holds: output.holds)
      results = output.rows.map { row in
        Row(
          function: row.function, domain: row.domain, tested: row.errors.tested,
          misrounded: row.errors.misrounded,
          largestErrorUlp: row.errors.largest.isFinite ? row.errors.largest : nil,
          operand: ElementaryOutput.encoding(row.errors.operand),
          result: ElementaryOutput.encoding(row.errors.result))
      }
      run = output.run
    }
  }
}
