// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// V of an attention, keys x dv, column by column.
struct AttentionValues: Sendable {
  let keys: Int
  let columns: Int
  /// The numbers, with zeros for what is none.
  private let numbers: [Real]
  private let encoded: [Double]

  init(_ matrix: EncodedMatrix) {
    (keys, columns) = (matrix.rows, matrix.columns)
    encoded = (0..<matrix.columns).flatMap { column in
      (0..<matrix.rows).map { matrix.format.value(of: matrix[$0, column]) }
    }
    numbers = encoded.map { Real($0.isFinite ? $0 : 0) }
  }

  /// |v| of a key in a column.
  func magnitude(_ key: Int, _ column: Int) -> Double { encoded[column * keys + key].magnitude }

  /// Σ e v over some keys, with their weights e, in a column.
  func sum(_ places: [Int], _ weights: [Real], _ column: Int) -> Real {
    let start = column * keys
    // The keys that are seen are mostly the first ones, which then need no copy.
    let isPrefix = places.last == places.count - 1
    return weights.withUnsafeBufferPointer { e in
      func sum(_ v: UnsafePointer<Real>) -> Real {
        guard let e = e.baseAddress else { return Real(0) }
        return Real.sumOfProducts(
          e, stride: 1, v, stride: 1, count: places.count, precision: ExactOutput.precision)
      }
      guard isPrefix else { return sum(places.map { numbers[start + $0] }) }
      return numbers.withUnsafeBufferPointer { v in
        v.baseAddress.map { sum($0 + start) } ?? Real(0)
      }
    }
  }

  /// Σ e v in IEEE arithmetic where one of some keys' values in a column is no number; nil
  /// otherwise.
  func special(_ places: [Int], _ weights: [Real], _ column: Int) -> Double? {
    var result: Double?
    for (index, key) in places.enumerated() {
      let value = encoded[column * keys + key]
      guard !value.isFinite else { continue }
      // A weight that a Double rounds to zero is none.
      let isZero = weights[index] == Real(0)
      result = (result ?? 0) + (isZero ? .nan : value)
    }
    return result
  }
}
