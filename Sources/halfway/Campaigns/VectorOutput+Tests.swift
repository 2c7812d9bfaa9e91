// SPDX-License-Identifier: Apache-2.0
import Verification

/// What is judged of one operation, format and rounding is a test.
extension VectorOutput: GatedResult {
  var tests: [GateTest] {
    result.rows.map { evaluation, tally in
      let formats =
        evaluation.to == evaluation.format
        ? evaluation.format.id : "\(evaluation.format) to \(evaluation.to)"
      let shown = result.faults.filter { $0.evaluation == evaluation }
      return GateTest(
        "\(evaluation.operation.rawValue) \(formats) \(evaluation.semantics.rounding)",
        tested: tally.tested, holds: tally.faults == 0,
        sentence: "\(tally.tested.groupedDigits) vectors judged, "
          + "\(tally.faults.groupedDigits) fault\(tally.faults == 1 ? "" : "s")",
        details: shown.flatMap { details($0, .testPage) + [""] }
          + VerificationOutput.rest(tally.faults, shown: shown.count))
    }
  }
}
