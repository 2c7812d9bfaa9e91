// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import Measurements
import Policies
import SoftFloat
import Threads

/// MPFR numbers: those of a tensor all have its precision; what the arithmetic combines them with
/// has fewer bits and is exact.
extension Real: TensorElement {
  typealias Element = Real

  static var isReference: Bool { true }
  static func storage(_ buffer: TensorBuffer<Real>) -> TensorStorage { .real(buffer) }

  static func buffer(_ storage: TensorStorage) -> TensorBuffer<Real>? {
    if case .real(let buffer) = storage { buffer } else { nil }
  }

  static func apply(_ function: ElementaryFunction, _ buffer: UnsafeMutableBufferPointer<Real>) {
    for i in buffer.indices { buffer[i] = buffer[i].applying(function) }
  }

  static func circular(_ x: Real) -> (cosine: Real, sine: Real) { x.circular }

  static func store(
    _ values: UnsafeMutableBufferPointer<Real>, _ storing: Storing, firstIndex: Int,
    counts: inout RangeCounts?
  ) {
    guard case .mpfr(let bits) = storing.precision else { return }
    for i in values.indices { values[i] = values[i].rounded(toPrecision: bits) }
    guard counts != nil else { return }
    let values = UnsafeBufferPointer(values)
    counts?.merge(Self.counts(before: values, after: values, as: storing.precision))
  }

  static func counts(
    before: UnsafeBufferPointer<Real>, after: UnsafeBufferPointer<Real>, as precision: Precision
  ) -> RangeCounts {
    var counts = RangeCounts()
    counts.elements = after.count
    for x in after {
      counts.nonzero += x != .zero && x == x ? 1 : 0
      counts.nan += x != x ? 1 : 0
    }
    return counts
  }

  static func multiply(
    _ a: MatrixView<Real>, _ b: MatrixView<Real>, into result: MatrixTarget<Real>,
    _ product: ProductSizes, accumulation: Accumulation, threads: Int
  ) {
    let (rows, inner, columns) = (
      product.shape.rows, product.shape.inner, product.shape.columns
    )
    guard rows * columns * product.batch > 0 else { return }
    let precision = inner > 0 ? a.elements[0].precision : Double.significandBitCount + 1
    let (rowOfA, termOfA) = a.isTransposed ? (1, a.stride) : (a.stride, 1)
    let (termOfB, columnOfB) = b.isTransposed ? (1, b.stride) : (b.stride, 1)
    Parallel.bands(of: product.batch * rows, min(threads, product.batch * rows)) { _, range in
      for position in range {
        let (matrix, row) = position.quotientAndRemainder(dividingBy: rows)
        let left = a.elements + matrix * a.batchStride + row * rowOfA
        let right = b.elements + matrix * b.batchStride
        let target = result.elements + matrix * result.batchStride + row * result.stride
        for column in 0..<columns {
          let sum = Real.sumOfProducts(
            left, stride: termOfA, right + column * columnOfB, stride: termOfB, count: inner,
            precision: precision)
          target[column] = result.isAdded ? target[column] + sum : sum
        }
      }
    }
  }

  static func add(
    _ sums: UnsafePointer<Real>, count: Int, to target: UnsafeMutablePointer<Real>, _: Accumulation
  ) {
    for i in 0..<count { target[i] = target[i] + sums[i] }
  }
}
