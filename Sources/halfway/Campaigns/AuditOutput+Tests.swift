// SPDX-License-Identifier: Apache-2.0
import Verification

/// An operation in a format is a test.
extension AuditOutput {
  var tests: [GateTest] {
    rows.map { row in
      GateTest(
        "\(row.operation.rawValue) \(row.format)", tested: row.audit.compared,
        holds: row.audit.mismatches == 0,
        sentence: "\(row.audit.compared.groupedDigits) results compared, "
          + "\(row.audit.mismatches.groupedDigits) differ",
        details: mismatchLines(of: row)
          + VerificationOutput.rest(row.audit.mismatches, shown: row.audit.first.count))
    }
  }
}
