// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// The exact attention of one head: softmax(c Q Kᵀ) V.
///
/// Shapes: Q is queries x d, K keys x d and V keys x dv; the result is queries x dv. With a query's
/// probabilities p, its distances |s - max s| from its largest score, A = |c| Σ|q k| and the means
/// ‾ of them with the weights p, rounding may cost a value
///
///     S = Σ p |v| (2 + A + Ā)
///     T = Σ p |v| (5 (A + |s - max s|) + 5 mean(A + |s - max s|) + 21 + u_p / u) + η Σ|v|
///
/// S: the sums Σ p v and Σ p err by γ of the keys, a score by γ of d times A, which is the relative
/// error of its exponential and, as a mean, of their sum. T: a score is scaled by c, which may be
/// multiplied by log2 e before, for 3 A, and its difference from the largest is rounded; kernels that
/// instead fuse c s - c max s round c max s, which is at most A + |s - max s|, in each block anew:
/// 5 of each in all. The rest is that of `ExactSoftmax`; u_p and η are those of
/// `StoredProbabilities`.
///
/// Specials: keys that a query may not see are not looked at. Among those that it sees, a score that
/// is a NaN or +∞, and scores that are all -∞, make its values NaN; otherwise a score of -∞ has the
/// probability 0, and infinite values follow IEEE arithmetic. A query that sees no key has zeros, by
/// convention: see `maskedRows`.
package struct ExactAttention: Sendable {
  private let scores: AttentionScores
  private let values: AttentionValues
  private let stored: StoredProbabilities
  private let visibility: KeyVisibility
  private let length: Int

  private static let scoreRoundings = 5 * RoundingCost.rounding

  /// The attention; where it is causal, query i sees the keys up to i + keys - queries, and where
  /// there is a mask [queries x keys], those of them where it is true. Throws a `ReductionFailure`
  /// where shapes do not fit or the factor c is not finite.
  package init(
    queries: EncodedMatrix, keys: EncodedMatrix, values: EncodedMatrix, scale: Double,
    isCausal: Bool = false, mask: [Bool]? = nil, stored: StoredProbabilities = .unrounded
  ) throws(ReductionFailure) {
    guard queries.columns == keys.columns, keys.rows == values.rows else {
      throw ReductionFailure(
        "Q is \(queries.rows) x \(queries.columns), K \(keys.rows) x \(keys.columns) and V "
          + "\(values.rows) x \(values.columns): Q and K need as many columns, K and V as many rows"
      )
    }
    guard scale.isFinite else {
      throw ReductionFailure("the scale is \(scale); it has to be finite")
    }
    visibility = try KeyVisibility(
      queries: queries.rows, keys: keys.rows, isCausal: isCausal, mask: mask)
    scores = AttentionScores(queries, keys, factor: scale)
    self.values = AttentionValues(values)
    self.stored = stored
    length = queries.columns
  }

  /// n, the terms of the longest sum: of d or of the keys.
  package var terms: Int { max(length, values.keys) }

  /// The queries that see no key, in ascending order: what their values are is a convention, of
  /// zeros or of NaNs.
  package var maskedRows: [Int] { visibility.maskedRows }

  /// The values of some queries, row by row: threads share the rows out.
  ///
  /// - Precondition: Q has the rows.
  package func values(ofRows range: Range<Int>) -> [ExactOutput] {
    precondition(range.lowerBound >= 0 && range.upperBound <= visibility.queries, "rows \(range)")
    return range.flatMap(values(ofRow:))
  }

  private func values(ofRow row: Int) -> [ExactOutput] {
    let places = visibility.keys(ofQuery: row)
    guard !places.isEmpty else {
      return [ExactOutput](repeating: ExactOutput(untouched: 0), count: values.columns)
    }
    let scores = scores.scores(ofQuery: row, places)
    let numbers = scores.map(\.value.double)
    guard numbers.allSatisfy({ $0 < .infinity }), numbers.contains(where: { $0 > -.infinity })
    else { return [ExactOutput](repeating: ExactOutput(untouched: .nan), count: values.columns) }
    let exponentials = RowExponentials(scores.map(\.value))
    let sum = exponentials.sum.double
    let probabilities = exponentials.exponentials.map { $0.double / sum }
    // What a score of -∞ costs is nothing.
    let magnitudes = scores.map { $0.value.double.isFinite ? $0.magnitude : 0 }
    let sizes = zip(magnitudes, exponentials.distances).map { magnitude, distance in
      distance.double.isFinite ? magnitude + distance.double : 0
    }
    let meanMagnitude = zip(probabilities, magnitudes).reduce(0) { $0 + $1.0 * $1.1 }
    let meanSize = zip(probabilities, sizes).reduce(0) { $0 + $1.0 * $1.1 }
    let common =
      Self.scoreRoundings * meanSize + 2 * RoundingCost.exponential + RoundingCost.division
      + stored.roundoff
    return (0..<values.columns).map { column in
      var (terms, costs, total) = (0.0, 0.0, 0.0)
      for (index, key) in places.enumerated() {
        let value = values.magnitude(key, column)
        let term = probabilities[index] * value
        terms += term * (2 + magnitudes[index] + meanMagnitude)
        costs += term * (Self.scoreRoundings * sizes[index] + common)
        total += value
      }
      if let special = values.special(places, exponentials.exponentials, column) {
        return ExactOutput(untouched: special)
      }
      let product = values.sum(places, exponentials.exponentials, column)
      return ExactOutput(
        product / exponentials.sum, magnitudes: terms,
        allowance: costs + stored.underflow * total)
    }
  }
}
