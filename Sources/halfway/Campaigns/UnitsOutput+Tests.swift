// SPDX-License-Identifier: Apache-2.0
import Verification

/// A unit with its formats is a test.
extension UnitsOutput {
  var tests: [GateTest] {
    counts.map { row in
      GateTest(
        row.part.description, tested: row.results, holds: row.differing == 0,
        sentence: "\(row.results.groupedDigits) results and \(row.steps.groupedDigits) steps "
          + "compared, \(row.differing.groupedDigits) differ",
        details: row.first.map(Self.lines(of:)) ?? [])
    }
  }
}
