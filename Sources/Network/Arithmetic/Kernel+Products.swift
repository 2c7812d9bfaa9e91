// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Policies
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
    MatrixView(
      elements: tensor.elements(N.self), stored: tensor.stored, stride: columns,
      isTransposed: isTransposed,
      batchStride: isShared ? 0 : rows * columns)
  }
}

extension Kernel {
  /// op(A) op(B) + 1 bᵀ: sums as the rule's accumulation says, the bias added to the finished sum,
  /// one rounding to the result's format.
  ///
  /// Where the sum is as narrow as the result, no rounding of a finished sum exists to be counted;
  /// the counts then compare the result with the sums of the same operands in FP32.
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
    return withExtendedLifetime((a.tensor, b.tensor, bias)) {
      let shift = bias?.values(N.self)
      return sums(shape, as: precision, isWhole: bias == nil, unit: columns) {
        N.Element.multiply(
          a.view(N.self), b.view(N.self),
          into: MatrixTarget(elements: $1, stride: columns, batchStride: rows * columns),
          sizes, accumulation: $0, threads: context.threads)
      } epilogue: { rows, target in
        guard let shift else { return }
        for row in rows {
          let target = target + row * columns
          for column in 0..<columns { target[column] = target[column] + shift[column] }
        }
      }
    }
  }

  /// The tensor of finished sums that `sum` writes, `epilogue` changes and one rounding brings to
  /// the result's format.
  ///
  /// - Parameters:
  ///   - isWhole: whether the results are the sums themselves: where those are narrow, `sum` is
  ///     called a second time, for FP32 sums to count by.
  ///   - unit: the values that `epilogue` handles together.
  func sums(
    _ shape: [Int], as precision: Precision, isWhole: Bool, unit: Int = 1,
    _ sum: (Accumulation, UnsafeMutablePointer<N.Element>) -> Void,
    epilogue: (_ units: Range<Int>, _ target: UnsafeMutablePointer<N>) -> Void = { _, _ in }
  ) -> Tensor {
    func computed(_ accumulation: Accumulation) -> TensorBuffer<N.Element> {
      let buffer = TensorBuffer<N.Element>(count: shape.reduce(1, *), pool: context.pool)
      sum(accumulation, buffer.elements)
      return buffer
    }
    var result = finish(
      computed(rule.accumulation), shape, as: precision, unit: unit, epilogue)
    if context.isMeasuring, rule.accumulation.isNarrow, isWhole {
      let wide = computed(rule.accumulation.inFP32)
      result.range = withExtendedLifetime((wide, result)) {
        N.Element.counts(
          before: UnsafeBufferPointer(start: wide.elements, count: wide.count),
          after: UnsafeBufferPointer(start: result.elements(N.self), count: wide.count),
          as: precision)
      }
    }
    return result
  }
}

extension Accumulation {
  /// Whether partial sums, or a matrix unit's between its steps, are rounded to FP16 or BF16.
  fileprivate var isNarrow: Bool { format == .fp16 || format == .bf16 }
  /// The same sums without those roundings.
  fileprivate var inFP32: Accumulation { Accumulation(.fp32) }
}
