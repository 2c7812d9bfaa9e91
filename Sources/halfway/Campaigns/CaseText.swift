// SPDX-License-Identifier: Apache-2.0
import Expressions
import Tables
import Verification

/// One case in full, for people.
enum CaseText {
  /// The lines of a case, indented by two.
  static func lines(_ report: CaseReport, _ terminal: Terminal) -> [String] {
    let operands = zip(["a", "b", "c"], report.operands).map {
      "  \($0)         \(padded($1.bits))  \($1.value)"
    }
    var lines = operands
    if let exact = report.exact { lines.append("  exact     \(exact)") }
    lines.append(
      "  expected  \(padded(report.expected.bits))  \(report.expected.value)  "
        + "flags \(report.expectedFlags)")
    let flags = report.gotFlags.map { "  flags \($0)" } ?? ""
    let error = report.errorUlp.map { "  error \(Ulp.signedText($0)) ulp" } ?? ""
    let got = "  got       \(padded(report.got.bits))  \(report.got.value)\(flags)\(error)"
    lines.append(report.differs ? terminal.styled(got, .red) : got)
    lines.append("  again     \(report.reproduction)")
    return lines + [""]
  }

  private static func padded(_ bits: String) -> String {
    bits + String(repeating: " ", count: max(0, 6 - bits.count))
  }
}

/// The result of `verify --operands`.
struct SingleCaseOutput: Presentable {
  /// The case under each rounding and format asked for.
  var reports: [CaseReport]
  /// The name of the subject.
  var subject: String

  func text(for terminal: Terminal) -> String {
    reports.flatMap { report -> [String] in
      let verdict = report.differs ? "differs from MPFR" : "equals MPFR"
      let formats =
        report.to == report.format ? report.format.id : "\(report.format) to \(report.to)"
      let title =
        "\(report.operation.rawValue) \(formats) \(report.rounding): \(subject) \(verdict)"
      return [terminal.styled(title, report.differs ? .red : .green)]
        + CaseText.lines(report, terminal)
    }.joined(separator: "\n") + "\n"
  }

  var table: Table {
    Table(
      columns: [
        "operation", "format", "to", "rounding", "operands", "expected", "expected_flags", "got",
        "got_flags", "exact", "error_ulp", "differs",
      ],
      rows: reports.map { report in
        [
          .text(report.operation.rawValue), .text(report.format.id), .text(report.to.id),
          .text(report.rounding.description),
          .text(report.operands.map(\.bits).joined(separator: " ")), .text(report.expected.bits),
          .text(report.expectedFlags), .text(report.got.bits),
          report.gotFlags.map { .text($0) } ?? .missing, report.exact.map { .text($0) } ?? .missing,
          report.errorUlp.map { .number($0) } ?? .missing, .flag(report.differs),
        ]
      })
  }

  var document: any Encodable {
    ResultDocument(
      schema: "halfway/verification-case/1", configuration: ["subject": subject],
      results: reports)
  }
}
