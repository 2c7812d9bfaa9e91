// SPDX-License-Identifier: Apache-2.0
import Measurements

/// A matrix of values of one precision, row-major, with the range counts of its last rounding.
struct Tensor<Scalar: Sendable>: Sendable {
  /// The number of rows.
  let rows: Int
  /// The number of columns.
  let columns: Int
  /// The values; each is a value of `precision`.
  var values: [Scalar]
  /// The format the values are stored in.
  let precision: Precision
  /// The format of the last rounding that could change a value; a widening keeps its operand's.
  var rounded: Precision
  /// The range counts of that rounding.
  var range: RangeCounts

  /// The matrix.
  ///
  /// - Precondition: `values.count` is `rows * columns`.
  init(
    rows: Int, columns: Int, values: [Scalar], precision: Precision, range: RangeCounts,
    rounded: Precision? = nil
  ) {
    precondition(values.count == rows * columns, "\(values.count) values, \(rows) x \(columns)")
    self.rows = rows
    self.columns = columns
    self.values = values
    self.precision = precision
    self.range = range
    self.rounded = rounded ?? precision
  }
}
