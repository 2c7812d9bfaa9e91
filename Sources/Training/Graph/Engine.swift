// SPDX-License-Identifier: Apache-2.0
import Measurements
import SoftFloat

/// The one place through which layers compute: every primitive goes through the policy here.
struct Engine<A: TrainingArithmetic>: Sendable {
  typealias Scalar = A.Scalar
  /// The policy.
  let policy: Policy
  /// The number of threads of a matrix product.
  let threads: Int
  /// Whether range counts are wanted where they cost an additional product.
  var isMeasuring: Bool

  /// Values rounded to a storage format.
  func store(
    _ values: consuming [Scalar], rows: Int, columns: Int, as precision: Precision
  ) -> Tensor<Scalar> {
    var values = values
    let range = A.store(&values, as: precision)
    return Tensor(
      rows: rows, columns: columns, values: values, precision: precision, range: range)
  }

  /// a b, or a bᵀ or aᵀ b, accumulated and stored as the policy says.
  ///
  /// Where the accumulator is as narrow as the result, no rounding of a finished sum exists to be
  /// counted; the counts then compare the result with the sums of the same operands in FP32.
  func matmul(
    _ a: Tensor<Scalar>, _ b: Tensor<Scalar>, transposeA: Bool = false, transposeB: Bool = false,
    as precision: Precision
  ) -> Tensor<Scalar> {
    let left = transposeA ? transposed(a.values, rows: a.rows, columns: a.columns) : a.values
    let right = transposeB ? transposed(b.values, rows: b.rows, columns: b.columns) : b.values
    let shape = ProductShape(
      rows: transposeA ? a.columns : a.rows, inner: transposeA ? a.rows : a.columns,
      columns: transposeB ? b.rows : b.columns)
    let sums = A.matmul(
      left, right, shape: shape, accumulator: policy.accumulator, threads: threads)
    var result = store(sums, rows: shape.rows, columns: shape.columns, as: precision)
    if isMeasuring, policy.accumulator == .fp16 {
      let wide = A.matmul(left, right, shape: shape, accumulator: .fp32, threads: threads)
      result.range = A.counts(before: wide, after: result.values, as: precision)
    }
    return result
  }
}
