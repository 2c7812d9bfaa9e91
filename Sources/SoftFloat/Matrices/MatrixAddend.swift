// SPDX-License-Identifier: Apache-2.0
import Formats

/// A matrix C in memory with which the sums of a product begin, row-major: C + op(A) op(B), as a
/// matrix unit's instruction and BLAS's beta = 1 have it. Row r begins `r * stride` elements after
/// the first, and matrix i of a batch `i * batchStride`.
///
/// Not the mode `add` of a result, which adds finished sums to what stands there.
public struct MatrixAddend: @unchecked Sendable {
  private let elements: UnsafePointer<Float>
  private let stride: Int
  private let batchStride: Int
  /// The format of C where it is another than that of the sums.
  let format: Format?

  /// FP32 elements that are values of the format in which the product begins to sum (of a chain of
  /// block sums theirs).
  ///
  /// - Parameters:
  ///   - elements: the rows of the first matrix.
  ///   - stride: the elements from row to row.
  ///   - batchStride: the elements from matrix to matrix of a batch.
  ///   - format: FP16 where the elements are a C of FP16 and the sums FP32, which instructions of
  ///     Volta and Turing take; nil for a C in the sums' format.
  public static func float(
    _ elements: UnsafePointer<Float>, stride: Int, batchStride: Int = 0,
    values format: Format? = nil
  ) -> MatrixAddend {
    MatrixAddend(elements: elements, stride: stride, batchStride: batchStride, format: format)
  }

  /// The columns of a row of a matrix of the batch.
  @inline(__always)
  func row(_ row: Int, from column: Int, matrix: Int) -> UnsafePointer<Float> {
    elements + matrix * batchStride + row * stride + column
  }
}
