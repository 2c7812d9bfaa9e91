// SPDX-License-Identifier: Apache-2.0
import Measurements
import SoftFloat

/// A tensor as an operand of a product: a matrix, or a batch of them, read as stored or transposed.
struct ProductOperand {
  let tensor: Tensor
  let isTransposed: Bool
  /// Whether one matrix serves the whole batch.
  let isShared: Bool
  /// The sizes as stored.
  let rows: Int
  let columns: Int

  /// The tensor with all sizes but the last one as rows, one for the whole batch.
  static func matrix(_ tensor: Tensor, transposed: Bool = false) -> ProductOperand {
    ProductOperand(
      tensor: tensor, isTransposed: transposed, isShared: true, rows: tensor.rows,
      columns: tensor.columns)
  }

  /// The tensor as a batch of matrices of its last two sizes.
  static func batch(_ tensor: Tensor, transposed: Bool = false) -> ProductOperand {
    ProductOperand(
      tensor: tensor, isTransposed: transposed, isShared: false,
      rows: tensor.shape[tensor.shape.count - 2], columns: tensor.columns)
  }

  fileprivate func view<N: Number>(_: N.Type) -> MatrixView<N.Element> {
    guard let buffer = N.Element.buffer(tensor.storage) else {
      preconditionFailure("a tensor of another twin")
    }
    return MatrixView(
      elements: UnsafePointer(buffer.elements), stride: columns, isTransposed: isTransposed,
      batchStride: isShared ? 0 : rows * columns)
  }
}

extension Kernel {
  /// op(A) op(B) + 1 bᵀ: sums as the rule's accumulation says, the bias added to the finished sum, one
  /// rounding to the result's format.
  ///
  /// Where the sum is as narrow as the result, no rounding of a finished sum exists to be counted; the
  /// counts then compare the result with the sums of the same operands in FP32.
  ///
  /// - Parameter shape: the sizes of the result, as many values as the batch of products has.
  func multiply(
    _ a: ProductOperand, _ b: ProductOperand, bias: Tensor? = nil, shape: [Int],
    as precision: Precision
  ) -> Tensor {
    let (rows, inner) = a.isTransposed ? (a.columns, a.rows) : (a.rows, a.columns)
    let (innerOfB, columns) = b.isTransposed ? (b.columns, b.rows) : (b.rows, b.columns)
    precondition(inner == innerOfB, "\(a.tensor.shape) times \(b.tensor.shape)")
    let count = shape.reduce(1, *)
    let batch = rows * columns == 0 ? 0 : count / (rows * columns)
    let sizes = ProductSizes(
      shape: ProductShape(rows: rows, inner: inner, columns: columns), batch: batch)
    func product(_ accumulation: Accumulation, counting: Bool) -> Tensor {
      let buffer = TensorBuffer<N.Element>(count: count, pool: context.pool)
      withExtendedLifetime((a.tensor, b.tensor)) {
        N.Element.multiply(
          a.view(N.self), b.view(N.self),
          into: MatrixTarget(
            elements: buffer.elements, stride: columns, batchStride: rows * columns),
          sizes,
          accumulation: accumulation, threads: context.threads)
      }
      guard counting else {
        return Tensor(shape: shape, buffer, precision: precision, range: nil)
      }
      return withExtendedLifetime(bias) {
        let bias = bias?.values(N.self)
        return finish(buffer, shape, as: precision, unit: columns) { rows, target in
          guard let bias else { return }
          for row in rows {
            let target = target + row * columns
            for column in 0..<columns { target[column] = target[column] + bias[column] }
          }
        }
      }
    }
    var result = product(rule.accumulation, counting: true)
    if context.isMeasuring, rule.accumulation.isNarrow, bias == nil {
      let sums = product(rule.accumulation.inFP32, counting: false)
      result.range = withExtendedLifetime((sums, result)) {
        N.Element.counts(
          before: sums.elements(N.Element.self), after: result.elements(N.Element.self),
          as: precision)
      }
    }
    return result
  }
}

extension Tensor {
  /// The values as the type that holds them.
  fileprivate func elements<E: TensorElement>(_: E.Type) -> UnsafeBufferPointer<E> {
    UnsafeBufferPointer(start: values(E.self), count: count)
  }
}

extension Accumulation {
  /// Whether partial sums are rounded to FP16 or BF16.
  fileprivate var isNarrow: Bool { format == .fp16 || format == .bf16 }
  /// The same sums without those roundings.
  fileprivate var inFP32: Accumulation { Accumulation(.fp32) }
}
