// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

extension CaseReport {
  /// The value before rounding in decimal; nil where the operation does not round.
  static func exactText(_ evaluation: Evaluation, _ operands: [UInt64]) -> String? {
    exactValue(evaluation, operands)?.decimalText()
  }

  /// The distance of a result from the exact value in ulps of the result's format; nil where the
  /// operation does not round, or delivers an integer, or the distance is no number.
  static func ulps(
    _ evaluation: Evaluation, _ operands: [UInt64], got: UInt64, kind: OperandKind?
  ) -> Double? {
    guard case .float(let format) = kind, let exact = exactValue(evaluation, operands) else {
      return nil
    }
    let error = exact.ulpError(of: got, in: format)
    // JSON has no infinities; the results themselves show them.
    return error.isFinite ? error : nil
  }

  private static func exactValue(_ evaluation: Evaluation, _ operands: [UInt64]) -> ExactValue? {
    Oracle.exactValue(
      evaluation.operation, operands[0], operands[1], operands[2], format: evaluation.format,
      flushingSubnormals: evaluation.semantics.subnormals.flushesOperands)
  }
}
