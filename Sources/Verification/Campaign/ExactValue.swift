// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

extension CaseReport {
  /// The value before rounding; nil where the operation does not round or the value is none.
  static func exactText(_ evaluation: Evaluation, _ operands: [UInt64]) -> String? { nil }

  /// The distance of a result from the exact value in ulps of the result.
  static func ulps(
    _ evaluation: Evaluation, _ operands: [UInt64], got: UInt64, kind: OperandKind?
  ) -> Double? { nil }
}
