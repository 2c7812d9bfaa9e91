// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import Tables
import Verification
import Work

/// The result of `audit` in every output format.
struct AuditOutput: NamedWorkOutput {
  let work: ReferenceAudit
  let counts: [DirectAudit]
  let shard: Shard?
  let run: RunRecord?

  var rows: [ReferenceAudit.Row] { work.rows(counts) }

  /// Whether something differs.
  var hasFindings: Bool { counts.contains { $0.mismatches > 0 } }
  /// Whether something was compared and nothing differs.
  var holds: Bool { counts.contains { $0.compared > 0 } && !hasFindings }
  func text(for terminal: Terminal) -> String {
    let compared = rows.reduce(0) { $0 + $1.audit.compared }
    let mismatches = rows.reduce(0) { $0 + $1.audit.mismatches }
    let verdict =
      "reference against MPFR's own roundings\(shard.text): \(compared.groupedDigits) results compared, "
      + (compared == 0
        ? "there are more shards than operands."
        : mismatches == 0 ? "none differs." : "\(mismatches.groupedDigits) differ.")
    var lines = [terminal.styled(verdict, holds ? .green : .red), ""]
    for row in rows {
      lines.append(
        "\(row.operation.rawValue) \(row.format): \(row.audit.compared.groupedDigits) "
          + "compared, "
          + "\(row.audit.mismatches.groupedDigits) differ")
      lines += mismatchLines(of: row)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The first mismatches of a row.
  func mismatchLines(of row: ReferenceAudit.Row) -> [String] {
    row.audit.first.map { mismatch in
      let (a, b) = (
        DatumText(mismatch.a, kind: .float(row.format)),
        DatumText(mismatch.b, kind: .float(row.format))
      )
      let (direct, block) = (
        DatumText(mismatch.direct, kind: .float(row.format)),
        DatumText(mismatch.block, kind: .float(row.format))
      )
      return "  \(mismatch.rounding) \(a.bits) \(b.bits): direct \(direct.bits) "
        + "\(mismatch.directFlags), shortcut \(block.bits) \(mismatch.blockFlags)"
    }
  }

  var table: Table {
    Table(
      columns: ["operation", "format", "tested", "mismatches"],
      rows: rows.map {
        [
          .text($0.operation.rawValue), .text($0.format.id),
          .integer(Int64(clamping: $0.audit.compared)),
          .integer(Int64(clamping: $0.audit.mismatches)),
        ]
      })
  }

  var document: any Encodable { Document(output: self) }

  /// The JSON of an audit, in the shape of a verification's.
  private struct Document: Encodable {
    var schema = "halfway/audit/1"
    var tool = "halfway"
    var configuration: [String: [String]]
    var summary: VerificationDocument.Summary
    var results: [ReferenceAudit.Row]
    var shard: Shard?
    var run: RunRecord?

    init(output: AuditOutput) {
      configuration = ["roundings": ReferenceAudit.roundings.map(\.description)]
      summary = VerificationDocument.Summary(
        tested: output.rows.reduce(0) { $0 + $1.audit.compared },
        mismatches: output.rows.reduce(0) { $0 + $1.audit.mismatches }, holds: output.holds)
      results = output.rows
      shard = output.shard
      run = output.run
    }
  }
}
