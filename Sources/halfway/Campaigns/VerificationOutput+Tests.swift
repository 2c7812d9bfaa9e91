// SPDX-License-Identifier: Apache-2.0
import Verification

/// A row is a test, and so is what was left out.
extension VerificationOutput: GatedResult {
  var tests: [GateTest] {
    result.rows.map { row in
      let tally = row.tally
      return GateTest(
        "\(row.operation.rawValue) \(row.formats) \(row.cases) \(row.rounding)",
        tested: tally.tested, holds: tally.mismatches == 0,
        sentence: "\(tally.tested.groupedDigits) results compared, "
          + "\(tally.mismatches.groupedDigits) differ",
        details: tally.first.flatMap {
          CaseText.lines(CaseReport(row, $0, result.configuration), .testPage)
        } + Self.rest(tally.mismatches, shown: tally.first.count))
    }
      + result.skipped.map { skipped in
        let formats =
          skipped.to == skipped.format ? skipped.format.id : "\(skipped.format) to \(skipped.to)"
        let roundings = skipped.roundings.map(\.description).joined(separator: ",")
        return GateTest(
          name: "\(skipped.operation.rawValue) \(formats) \(roundings)", outcome: .skipped,
          sentence: skipped.reason)
      }
  }

  /// What stands in the place of mismatches beyond the first.
  static func rest(_ mismatches: UInt64, shown: Int) -> [String] {
    mismatches > UInt64(shown)
      ? ["\((mismatches - UInt64(shown)).groupedDigits) more not shown"] : []
  }
}

/// Each rounding and format of the case is a test.
extension SingleCaseOutput: GatedResult {
  var tests: [GateTest] {
    reports.map { report in
      let operands = report.operands.map(\.bits).joined(separator: ",")
      let formats =
        report.to == report.format ? report.format.id : "\(report.format) to \(report.to)"
      return GateTest(
        "\(report.operation.rawValue) \(formats) \(report.rounding) \(operands)", tested: 1,
        holds: !report.differs,
        sentence: "\(report.got.bits) is \(report.differs ? "not " : "")MPFR's result",
        details: CaseText.lines(report, .testPage))
    }
  }
}
