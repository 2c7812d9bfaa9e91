// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// The exact scores q k of queries and keys times a factor.
struct AttentionScores: Sendable {
  /// A score and A, the factor times Σ|q k|.
  struct Score {
    let value: Real
    let magnitude: Double
  }

  private let queries: EncodedMatrix
  private let keys: [Decoded]
  private let factor: Double

  init(_ queries: EncodedMatrix, _ keys: EncodedMatrix, factor: Double) {
    (self.queries, self.factor) = (queries, factor)
    self.keys = (0..<keys.rows).flatMap { row in (0..<keys.columns).map { keys.decoded(row, $0) } }
  }

  /// The scores of a query with some keys.
  func scores(ofQuery row: Int, _ places: [Int]) -> [Score] {
    let length = queries.columns
    let query = (0..<length).map { queries.decoded(row, $0) }
    return places.map { key in
      var sum = ExactAccumulator()
      for k in 0..<length { sum.addProduct(query[k], keys[key * length + k]) }
      return Score(
        value: Self.number(sum) * Real(factor), magnitude: sum.sum.magnitudes * factor.magnitude)
    }
  }

  /// The sum as a number of three Doubles: two would leave 2^-106 of a score, and a large score
  /// makes as much of its exponential.
  private static func number(_ sum: ExactAccumulator) -> Real {
    let exact = sum.sum
    var number = Real(exact.high).rounded(toPrecision: ExactOutput.precision)
    guard exact.isFinite, exact.low != 0 else { return number }
    var rest = sum
    for part in [exact.high, exact.low] {
      let bits = Double.significandBitCount
      let integer = Int128(part.significand * Double(sign: .plus, exponent: bits, significand: 1))
      rest.add(part < 0 ? integer : -integer, exponent: Int(part.exponent) - bits)
    }
    for part in [exact.low, rest.sum.high] { number = number + Real(part) }
    return number
  }
}
