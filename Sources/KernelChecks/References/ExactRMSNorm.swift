// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// The exact RMS norm of every row x of a matrix: y = w z, z = x / √(Σ x² / n + ε) (Zhang and
/// Sennrich, 2019).
///
/// Rounding may cost a value S = |y| / 2 and T = 12 |y|: half of γ_n and of 1 for a square, 2 for
/// the mean and 1 for ε, 8 of the root and one of each product. A kernel that rounds z to a narrower
/// format before it multiplies by the weight errs by more.
///
/// Specials are those of x r with r = 1 / √(...) in IEEE arithmetic: a NaN in a row makes all its
/// values NaN; an infinity has r = 0, so that it becomes a NaN itself and the numbers zeros; where
/// all of a row and ε are zero, values are NaN. A kernel whose squares overflow gives other values.
package struct ExactRMSNorm: Sendable {
  private let x: EncodedMatrix
  private let parameters: NormParameters

  private static let roundings =
    (RoundingCost.rounding + RoundingCost.scaling + RoundingCost.rounding) / 2
    + RoundingCost.reciprocalRoot + 2 * RoundingCost.rounding

  /// The norm; the weight is 1 x columns. Throws a `ReductionFailure` where it is not, or ε is no
  /// number from 0 on.
  package init(
    _ x: EncodedMatrix, weight: EncodedMatrix? = nil, epsilon: Double
  ) throws(ReductionFailure) {
    self.x = x
    parameters = try NormParameters(
      columns: x.columns, weight: weight, bias: nil, epsilon: epsilon)
  }

  /// n, the terms of a row's sum.
  package var terms: Int { x.columns }

  /// The values of some rows, row by row: threads share the rows out.
  ///
  /// - Precondition: the matrix has the rows.
  package func values(ofRows range: Range<Int>) -> [ExactOutput] {
    precondition(range.lowerBound >= 0 && range.upperBound <= x.rows, "rows \(range)")
    return range.flatMap { values(x.numbers(ofRow: $0)) }
  }

  private func values(_ row: [Double]) -> [ExactOutput] {
    let n = Real(Double(row.count))
    let zero = Real(0).rounded(toPrecision: ExactOutput.precision)
    let squares = row.reduce(zero) { $0 + (zero + Real($1)) * Real($1) }
    let root = (squares / n + Real(parameters.epsilon)).squareRoot()
    return row.indices.map { column in
      // Products of numbers and of specials alike: 0 ∞ where the reciprocal is zero or infinite.
      let z =
        root.double.isFinite && root > Real(0)
        ? Real(row[column]) / root : Real(row[column]) * (Real(1) / root)
      let size = z.double.magnitude
      return parameters.output(
        z, column, magnitudes: size / 2, allowance: Self.roundings * size)
    }
  }
}
