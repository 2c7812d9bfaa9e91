// SPDX-License-Identifier: Apache-2.0
import MPFROracle
import Policies
import SoftFloat
import Threads

/// Where the matrices of each head lie in the tensors of an attention: a product for every head,
/// over the batch.
struct HeadLayout {
  let heads: Int
  let batch: Int
  let context: Int
  /// The size of a head.
  let size: Int

  /// One of the three parts of an attention's input.
  enum Part: Int {
    case query, key, value
  }

  /// What a product's result is.
  enum Target {
    /// (H, B, T, T).
    case squares
    /// (B, T, H D).
    case output
    /// Its columns of (B, T, 3 H D).
    case part(Part)
  }

  /// An operand: the first head's first matrix, and the way to the others.
  struct Operand {
    let tensor: Tensor
    let offset: Int
    let stride: Int
    let isTransposed: Bool
    let batchStride: Int
    let headStride: Int
  }

  /// The layout of an input of shape (B, T, 3 H D).
  init(_ x: Tensor, heads: Int) {
    precondition(x.shape.count == 3 && x.shape[2] % (3 * heads) == 0, "\(x.shape), \(heads) heads")
    self.heads = heads
    batch = x.shape[0]
    context = x.shape[1]
    size = x.shape[2] / (3 * heads)
  }

  /// 1/√D, in FP64 for every twin.
  var scale: Double { 1 / Double(size).squareRoot() }

  /// Q, K or V: T × D for each head and example.
  func part(_ x: Tensor, _ part: Part, transposed: Bool = false) -> Operand {
    Operand(
      tensor: x, offset: part.rawValue * heads * size, stride: 3 * heads * size,
      isTransposed: transposed, batchStride: context * 3 * heads * size, headStride: size)
  }

  /// A tensor of the output's shape: T × D for each head and example.
  func output(_ x: Tensor) -> Operand {
    Operand(
      tensor: x, offset: 0, stride: heads * size, isTransposed: false,
      batchStride: context * heads * size, headStride: size)
  }

  /// A tensor of shape (H, B, T, T).
  func squares(_ x: Tensor, transposed: Bool = false) -> Operand {
    Operand(
      tensor: x, offset: 0, stride: context, isTransposed: transposed,
      batchStride: context * context, headStride: batch * context * context)
  }

  func shape(_ target: Target) -> [Int] {
    switch target {
    case .squares: [heads, batch, context, context]
    case .output: [batch, context, heads * size]
    case .part: [batch, context, 3 * heads * size]
    }
  }

  fileprivate func columns(_ target: Target) -> Int {
    if case .squares = target { context } else { size }
  }

  fileprivate func target<Element>(
    _ target: Target, _ elements: UnsafeMutablePointer<Element>, head: Int
  ) -> MatrixTarget<Element> {
    switch target {
    case .squares:
      MatrixTarget(
        elements: elements + head * batch * context * context, stride: context,
        batchStride: context * context)
    case .output:
      MatrixTarget(
        elements: elements + head * size, stride: heads * size,
        batchStride: context * heads * size)
    case .part(let part):
      MatrixTarget(
        elements: elements + (part.rawValue * heads + head) * size, stride: 3 * heads * size,
        batchStride: context * 3 * heads * size)
    }
  }
}

extension Kernel {
  /// op(A) op(B) of T rows for every head and example, rounded to a format.
  func products(
    _ layout: HeadLayout, _ a: HeadLayout.Operand, _ b: HeadLayout.Operand, inner: Int,
    _ target: HeadLayout.Target, as precision: Precision
  ) -> Tensor {
    let shape = layout.shape(target)
    let buffer = TensorBuffer<N.Element>(count: shape.reduce(1, *), pool: context.pool)
    products(layout, a, b, inner: inner, target, into: buffer)
    return finish(buffer, shape, as: precision) { _, _ in }
  }

  /// The same sums before their rounding, into a buffer of the target's shape.
  func products(
    _ layout: HeadLayout, _ a: HeadLayout.Operand, _ b: HeadLayout.Operand, inner: Int,
    _ target: HeadLayout.Target, into buffer: TensorBuffer<N.Element>
  ) {
    func view(_ operand: HeadLayout.Operand, head: Int) -> MatrixView<N.Element> {
      guard let buffer = N.Element.buffer(operand.tensor.storage) else {
        preconditionFailure("a tensor of another twin")
      }
      return MatrixView(
        elements: UnsafePointer(buffer.elements) + operand.offset + head * operand.headStride,
        stored: operand.tensor.stored, stride: operand.stride, isTransposed: operand.isTransposed,
        batchStride: operand.batchStride)
    }
    let sizes = ProductSizes(
      shape: ProductShape(rows: layout.context, inner: inner, columns: layout.columns(target)),
      batch: layout.batch)
    let work = sizes.shape.rows * inner * sizes.shape.columns * layout.batch
    let bands = bands(of: layout.heads, work: layout.heads * work)
    withExtendedLifetime((a.tensor, b.tensor)) {
      Parallel.bands(of: layout.heads, bands) { _, heads in
        for head in heads {
          N.Element.multiply(
            view(a, head: head), view(b, head: head),
            into: layout.target(target, buffer.elements, head: head), sizes,
            accumulation: rule.accumulation, threads: threads(within: bands))
        }
      }
    }
  }
}
