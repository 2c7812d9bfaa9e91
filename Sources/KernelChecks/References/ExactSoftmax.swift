// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// The exact softmax of every row x of a matrix, or what is made of its logarithm.
///
/// With m the largest of a row, d = x - m, L = log Σ e^d and D = Σ softmax(x) |d|, the values y and
/// what rounding may cost them are
///
///     softmax        e^d / Σ e^d         S = y    T = y (3 |d| + 3 D + 21)
///     log-softmax    d - L               S = 1    T = |d| + 3 D + 8 + 10 L + |y|
///     logsumexp      m + L               S = 1    T =       3 D + 8 + 10 L + |y|
///     cross-entropy  minus the log-softmax at the row's label, with its S and T
///
/// An exponential errs by 3 |d| + 8 (`RoundingCost`), their sum by the mean of that and γ_n, and a
/// division by 5. A sum's relative error is its logarithm's absolute one, to which come 10 L of the
/// logarithm, |d| of the difference, which here meets no exponential, and |y| of the last one. That
/// a large m costs nothing is on purpose: x - (m + L) is a defect.
///
/// Specials are those of the formulas in IEEE arithmetic, as in PyTorch. A NaN in a row makes all its
/// values NaN. So does +∞, whose d is a NaN, but for logsumexp, which is +∞. A score of -∞ has the
/// probability 0 and the log-softmax -∞. Where all scores are -∞, logsumexp is -∞, as it is of no
/// score, and the others are NaN.
package struct ExactSoftmax: Sendable {
  /// What is made of a row.
  package enum Result: Hashable, Sendable {
    case softmax
    case logSoftmax
    case logSumExp
    /// Of the label of each row of the matrix.
    case crossEntropy(labels: [Int])
  }

  private let scores: EncodedMatrix
  private let result: Result

  /// A result of every row; throws a `ReductionFailure` where a row has no label, or one that is no
  /// column.
  package init(_ scores: EncodedMatrix, _ result: Result) throws(ReductionFailure) {
    if case .crossEntropy(let labels) = result {
      guard labels.count == scores.rows else {
        throw ReductionFailure("\(labels.count) labels of \(scores.rows) rows")
      }
      if let label = labels.first(where: { !(0..<scores.columns).contains($0) }) {
        throw ReductionFailure("the label \(label) is none of \(scores.columns) columns")
      }
    }
    (self.scores, self.result) = (scores, result)
  }

  /// n, the terms of a row's sum.
  package var terms: Int { scores.columns }

  /// The values of a row.
  package var outputsPerRow: Int {
    switch result {
    case .softmax, .logSoftmax: scores.columns
    case .logSumExp, .crossEntropy: 1
    }
  }

  /// The values of some rows, row by row: threads share the rows out.
  ///
  /// - Precondition: the matrix has the rows.
  package func values(ofRows range: Range<Int>) -> [ExactOutput] {
    precondition(range.lowerBound >= 0 && range.upperBound <= scores.rows, "rows \(range)")
    var outputs: [ExactOutput] = []
    outputs.reserveCapacity(range.count * outputsPerRow)
    for row in range {
      let x = scores.numbers(ofRow: row)
      if let special = special(x) {
        outputs += repeatElement(ExactOutput(untouched: special), count: outputsPerRow)
      } else {
        append(RowExponentials(x.map { Real($0) }), row, to: &outputs)
      }
    }
    return outputs
  }

  /// What all values of a row are where no number is; nil otherwise.
  private func special(_ x: [Double]) -> Double? {
    if x.contains(where: \.isNaN) { return .nan }
    let isInfinite = x.contains(.infinity)
    let isEmpty = x.allSatisfy { $0 == -.infinity }
    guard isInfinite || isEmpty else { return nil }
    guard case .logSumExp = result else { return .nan }
    return isInfinite ? .infinity : -.infinity
  }

  private func append(_ row: RowExponentials, _ index: Int, to outputs: inout [ExactOutput]) {
    switch result {
    case .softmax:
      for column in 0..<scores.columns { outputs.append(probability(row, column)) }
    case .logSoftmax:
      let logarithm = row.logarithm
      for column in 0..<scores.columns {
        outputs.append(surprisal(row, column, logarithm, sign: -1))
      }
    case .logSumExp:
      let logarithm = row.logarithm
      outputs.append(output(row.largest + logarithm, row, logarithm))
    case .crossEntropy(let labels):
      outputs.append(surprisal(row, labels[index], row.logarithm, sign: 1))
    }
  }

  private func probability(_ row: RowExponentials, _ column: Int) -> ExactOutput {
    let distance = row.distances[column].double
    guard distance < .infinity else { return ExactOutput(untouched: 0) }
    let y = row.exponentials[column] / row.sum
    let errors =
      RoundingCost.exponent * (distance + row.meanDistance) + 2 * RoundingCost.exponential
      + RoundingCost.division
    return ExactOutput(y, magnitudes: y.double, allowance: y.double * errors)
  }

  /// L - d times a sign.
  private func surprisal(
    _ row: RowExponentials, _ column: Int, _ logarithm: Real, sign: Double
  ) -> ExactOutput {
    let distance = row.distances[column]
    guard distance < Real(.infinity) else { return ExactOutput(untouched: sign * .infinity) }
    let y = logarithm + distance
    return output(sign < 0 ? -y : y, row, logarithm, difference: distance.double)
  }

  /// A value that has the logarithm of a sum in it.
  private func output(
    _ y: Real, _ row: RowExponentials, _ logarithm: Real, difference: Double = 0
  ) -> ExactOutput {
    let sum = RoundingCost.exponent * row.meanDistance + RoundingCost.exponential
    let allowance =
      difference + sum + RoundingCost.logarithm * logarithm.double + y.double.magnitude
    return ExactOutput(y, magnitudes: 1, allowance: allowance)
  }
}
