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
    let shape = ProductShape(
      rows: transposeA ? a.columns : a.rows, inner: transposeA ? a.rows : a.columns,
      columns: transposeB ? b.rows : b.columns)
    func sums(_ accumulator: Precision) -> [Scalar] {
      A.matmul(
        a.values, b.values, transposed: (transposeA, transposeB), shape: shape,
        accumulator: accumulator, threads: threads)
    }
    var result = store(
      sums(policy.accumulator), rows: shape.rows, columns: shape.columns, as: precision)
    if isMeasuring, policy.accumulator == .fp16 {
      result.range = A.counts(before: sums(.fp32), after: result.values, as: precision)
    }
    return result
  }
}
