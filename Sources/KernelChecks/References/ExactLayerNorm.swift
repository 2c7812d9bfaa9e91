// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// The exact layer norm of every row x of a matrix: y = w z + b, z = (x - μ) / σ, with the mean μ of
/// a row of n, its biased variance v and σ = √(v + ε) (Ba, Kiros and Hinton, 2016).
///
/// With M = Σ|x| / n, rounding may cost a value
///
///     S = |w| ((1 + |z|) M / σ + |z| / 2)
///     T = |w| ((4 |μ| + |x|) / σ + 15 |z|) + 2 |b|
///
/// S: the mean errs by γ_n M, which shifts z by γ_n M / σ. The variance of two passes errs by γ_n v,
/// half of which reaches z; that of Welford's recurrence by 2 γ_n M √v more, since no mean that it
/// meets errs by more than γ_n M. Of E[x²] - μ² it is γ_n (M / σ)² for large means: not in S.
/// T: of the mean's division 2 |μ|, of the rest of x r + (-μ r) with r = 1 / σ another 2 |μ| + |x|;
/// half of 3 for the square of a difference, 2 for the mean and 1 for ε, 8 of the root, and four of
/// the difference, the products and the sum with the bias.
///
/// Specials: a NaN or an infinity in a row makes all its z NaN, as does v + ε = 0; a weight or bias
/// that is no number follows IEEE arithmetic. A kernel whose squares overflow gives other values.
package struct ExactLayerNorm: Sendable {
  private let x: EncodedMatrix
  private let parameters: NormParameters

  /// The bits that hold every sum of 2^40 numbers of up to 32 bits, times their number, exactly:
  /// they lie between FP32's 2^-149 and 2^128.
  private static let exactPrecision = 384

  private static let meanRoundings = RoundingCost.scaling + 2 * RoundingCost.rounding
  private static let otherRoundings =
    (3 * RoundingCost.rounding + RoundingCost.scaling + RoundingCost.rounding) / 2
    + RoundingCost.reciprocalRoot + 4 * RoundingCost.rounding

  /// The norm; weight and bias are 1 x columns. Throws a `ReductionFailure` where they are not, or
  /// ε is no number from 0 on.
  package init(
    _ x: EncodedMatrix, weight: EncodedMatrix? = nil, bias: EncodedMatrix? = nil, epsilon: Double
  ) throws(ReductionFailure) {
    self.x = x
    parameters = try NormParameters(
      columns: x.columns, weight: weight, bias: bias, epsilon: epsilon)
  }

  /// n, the terms of a row's sums.
  package var terms: Int { x.columns }

  /// The values of some rows, row by row: threads share the rows out.
  ///
  /// - Precondition: the matrix has the rows.
  package func values(ofRows range: Range<Int>) -> [ExactOutput] {
    precondition(range.lowerBound >= 0 && range.upperBound <= x.rows, "rows \(range)")
    return range.flatMap { values(x.numbers(ofRow: $0)) }
  }

  private func values(_ row: [Double]) -> [ExactOutput] {
    guard row.allSatisfy(\.isFinite) else { return row.indices.map(undefined) }
    let count = Real(Double(row.count)).rounded(toPrecision: Self.exactPrecision)
    let scaled = row.map { count * Real($0) }
    let sum = row.reduce(Real(0).rounded(toPrecision: Self.exactPrecision)) { $0 + Real($1) }
    // n (x - μ).
    let differences = scaled.map { ($0 - sum).rounded(toPrecision: ExactOutput.precision) }
    let squares = differences.reduce(Real(0)) { $0 + $1 * $1 }
    let n = count.rounded(toPrecision: ExactOutput.precision)
    let variance = squares / (n * n * n)
    let deviation = (variance + Real(parameters.epsilon)).squareRoot()
    let sigma = deviation.double
    guard sigma > 0 else { return row.indices.map(undefined) }
    let mean = (sum / n).double.magnitude / sigma
    let magnitude = row.reduce(0) { $0 + $1.magnitude } / Double(row.count) / sigma
    return row.indices.map { column in
      let z = differences[column] / (n * deviation)
      let size = z.double.magnitude
      return parameters.output(
        z, column, magnitudes: (1 + size) * magnitude + size / 2,
        allowance: Self.meanRoundings * mean + row[column].magnitude / sigma
          + Self.otherRoundings * size,
        biasRoundings: 2 * RoundingCost.rounding)
    }
  }

  private func undefined(_ column: Int) -> ExactOutput { ExactOutput(untouched: .nan) }
}
