// SPDX-License-Identifier: Apache-2.0

/// The sizes of a matrix product: (rows × inner) · (inner × columns), all row-major.
public struct ProductShape: Hashable, Sendable {
  /// The rows of the left operand and of the result.
  public var rows: Int
  /// The columns of the left operand, the rows of the right one: the terms of each sum.
  public var inner: Int
  /// The columns of the right operand and of the result.
  public var columns: Int

  /// The sizes.
  @inlinable public init(rows: Int, inner: Int, columns: Int) {
    self.rows = rows
    self.inner = inner
    self.columns = columns
  }
}

/// Operands and result of a product, to be written by several threads in disjoint rows.
private struct ProductBuffers<Scalar>: @unchecked Sendable {
  let a: UnsafePointer<Scalar>
  let b: UnsafePointer<Scalar>
  let c: UnsafeMutablePointer<Scalar>
}

extension TensorKernels {
  /// c = a b with each sum begun at +0 and taken in ascending order of the inner index; every
  /// product and every sum is rounded to FP32.
  ///
  /// Products of FP16 operands are exact in FP32, and so are those of BF16 operands inside FP32's
  /// range: for them this is FP32 accumulation with one rounding per term.
  public static func matmul(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into c: UnsafeMutablePointer<Float>,
    shape: ProductShape, threads: Int
  ) {
    let buffers = ProductBuffers(a: a, b: b, c: c)
    forEachRow(shape, threads: threads) { row in
      accumulate(row, shape, buffers) { sum, x, y in sum + x * y }
    }
  }

  /// c = a b in FP64, otherwise as in FP32.
  public static func matmul(
    _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, into c: UnsafeMutablePointer<Double>,
    shape: ProductShape, threads: Int
  ) {
    let buffers = ProductBuffers(a: a, b: b, c: c)
    forEachRow(shape, threads: threads) { row in
      accumulate(row, shape, buffers) { sum, x, y in sum + x * y }
    }
  }

  /// c = a b for FP16 operands held in FP32, each product and then each sum rounded to FP16.
  ///
  /// An FP16 product is exact in FP32. A sum of two FP16 values rounds once to FP32 and once to
  /// FP16, which is the single rounding because 24 >= 2·11 + 2 and no such sum is subnormal in
  /// FP32 (Figueroa, 1995).
  public static func matmulRoundingToBinary16(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into c: UnsafeMutablePointer<Float>,
    shape: ProductShape, threads: Int
  ) {
    let buffers = ProductBuffers(a: a, b: b, c: c)
    forEachRow(shape, threads: threads) { row in
      accumulate(row, shape, buffers) { sum, x, y in
        Float(Float16(sum + Float(Float16(x * y))))
      }
    }
  }

  private static func forEachRow(
    _ shape: ProductShape, threads: Int, _ body: @Sendable (Int) -> Void
  ) {
    let work = shape.rows * shape.inner * shape.columns
    ParallelRows.forEach(rows: shape.rows, work: work, threads: threads) { rows in
      for row in rows { body(row) }
    }
  }

  /// One row of a product. The inner index is the outer loop, so that the loop over the columns
  /// vectorises without a change of the order in any sum.
  @inline(__always)
  private static func accumulate<Scalar: BinaryFloatingPoint>(
    _ row: Int, _ shape: ProductShape, _ buffers: ProductBuffers<Scalar>,
    _ step: (Scalar, Scalar, Scalar) -> Scalar
  ) {
    let c = buffers.c + row * shape.columns
    let a = buffers.a + row * shape.inner
    c.update(repeating: 0, count: shape.columns)
    for k in 0..<shape.inner {
      let x = a[k]
      let b = buffers.b + k * shape.columns
      for j in 0..<shape.columns { c[j] = step(c[j], x, b[j]) }
    }
  }
}
