// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Formats
import Verification

/// `halfway audit`: compares the reference's shortcut with MPFR's own roundings.
struct AuditCommand: ExemplifiedCommand, ThreadedCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Compares the reference's shortcut with MPFR's own roundings over all pairs.",
    discussion: """
      verify takes its reference from one MPFR call toward zero per case. audit calls MPFR once \
      per case and rounding instead, in the format's own exponent range, and compares values and \
      flags: all pairs of a format of at most 16 bits, in MPFR's four roundings.
      """)

  static let examples = [
    Example(
      "halfway audit --format fp16 --export audit.json", "four operations, 2^34 results each"),
    Example("halfway audit div --format bf16", "one operation"),
  ]

  @Argument(
    help: "Operations: \(ReferenceAudit.operations.map(\.rawValue).joined(separator: ", ")).",
    completion: Completions.operations)
  var operations: [String] = ReferenceAudit.operations.map(\.rawValue)

  @Option(name: .long, help: "Formats of at most 16 bits.", completion: Completions.formats)
  var format: [String] = ["fp16"]

  @OptionGroup var threading: ThreadOptions

  @OptionGroup var output: OutputOptions

  func run() throws {
    let (operations, formats) = (try Options.operations(operations), try Options.formats(format))
    for operation in operations where !ReferenceAudit.operations.contains(operation) {
      throw CommandExit.usage(
        "MPFR has no direct reference for \(operation.rawValue) here; known: "
          + ReferenceAudit.operations.map(\.rawValue).joined(separator: ", "))
    }
    for format in formats where !ReferenceAudit.covers(format) {
      let known = Format.named.map(\.format).filter(ReferenceAudit.covers).map(\.id)
      throw CommandExit.usage(
        "an audit takes formats of at most 16 bits with infinities, not \(format); known: "
          + known.joined(separator: ", ") + " and e<E>m<M> with E + M up to 15")
    }
    guard let audit = ReferenceAudit(operations: operations, formats: formats) else {
      throw CommandExit(.nothingSelected, "no pair is selected")
    }
    try output.checkFiles()
    let stopwatch = Stopwatch()
    let count = threading.count
    let progress = Progress("audit", total: audit.resultCount, unit: "results")
    let control = CampaignControl(
      threads: count, isCancelled: { Interrupt.isRequested },
      report: { progress.report(completed: $0) })
    let rows = audit.run(control: control)
    progress.finish()
    guard let rows else {
      throw Interrupt.end("interrupted; an audit has no checkpoint, run it again")
    }
    let result = AuditOutput(rows: rows, run: stopwatch.record(threads: count))
    try output.write(result)
    if !result.holds { throw CommandExit(.findings) }
  }
}

/// The result of `audit` in every output format.
struct AuditOutput: Presentable {
  var rows: [ReferenceAudit.Row]
  var run: RunRecord

  var holds: Bool { rows.allSatisfy { $0.audit.mismatches == 0 && $0.audit.compared > 0 } }

  func text(for terminal: Terminal) -> String {
    let compared = rows.reduce(0) { $0 + $1.audit.compared }
    let mismatches = rows.reduce(0) { $0 + $1.audit.mismatches }
    let verdict =
      "reference against MPFR's own roundings: \(compared.groupedDigits) results compared, "
      + (mismatches == 0 ? "none differs." : "\(mismatches.groupedDigits) differ.")
    var lines = [terminal.styled(verdict, holds ? .green : .red), ""]
    for row in rows {
      lines.append(
        "\(row.operation.rawValue) \(row.format): \(row.audit.compared.groupedDigits) "
          + "compared, "
          + "\(row.audit.mismatches.groupedDigits) differ")
      for mismatch in row.audit.first {
        let (a, b) = (
          DatumText(mismatch.a, kind: .float(row.format)),
          DatumText(mismatch.b, kind: .float(row.format))
        )
        let (direct, block) = (
          DatumText(mismatch.direct, kind: .float(row.format)),
          DatumText(mismatch.block, kind: .float(row.format))
        )
        lines.append(
          "  \(mismatch.rounding) \(a.bits) \(b.bits): direct \(direct.bits) "
            + "\(mismatch.directFlags), shortcut \(block.bits) \(mismatch.blockFlags)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
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
    var run: RunRecord

    init(output: AuditOutput) {
      configuration = ["roundings": ReferenceAudit.roundings.map(\.description)]
      summary = VerificationDocument.Summary(
        tested: output.rows.reduce(0) { $0 + $1.audit.compared },
        mismatches: output.rows.reduce(0) { $0 + $1.audit.mismatches }, holds: output.holds)
      results = output.rows
      run = output.run
    }
  }
}
