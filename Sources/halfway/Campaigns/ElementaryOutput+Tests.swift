// SPDX-License-Identifier: Apache-2.0
import Verification
import Words

/// A function in a format is a test.
extension ElementaryOutput {
  var tests: [GateTest] {
    rows.map { row in
      let errors = row.errors
      let misrounded = errors.misrounded.map { ", \($0.groupedDigits) not nearest" } ?? ""
      return GateTest(
        "\(row.function.rawValue) \(row.domain.rawValue)", tested: errors.tested,
        holds: row.holds,
        sentence: "\(errors.tested.groupedDigits) operands, largest error "
          + "\(UlpText.of(errors.largest))\(misrounded)",
        details: [
          "the error has to be below \(row.domain.bound) ulp",
          "at \(Self.encoding(errors.operand)), where the result is \(Self.encoding(errors.result))",
        ])
    }
  }
}
