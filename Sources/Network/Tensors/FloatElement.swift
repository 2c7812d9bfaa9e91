// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Policies
import SoftFloat

extension Float: TensorElement {
  static func storage(_ buffer: TensorBuffer<Float>) -> TensorStorage { .float(buffer) }

  static func buffer(_ storage: TensorStorage) -> TensorBuffer<Float>? {
    if case .float(let buffer) = storage { buffer } else { nil }
  }

  static func store(
    _ values: UnsafeMutableBufferPointer<Float>, _ storing: Storing, firstIndex: Int,
    counts: inout RangeCounts?
  ) {
    guard case .format(let format) = storing.precision else { return }
    let semantics = Semantics(rounding: storing.rounding, subnormals: storing.subnormals)
    if counts == nil {
      TensorKernels.round(values, to: format, semantics, firstIndex: UInt64(firstIndex))
    } else {
      let cast = TensorKernels.cast(
        values, to: format, semantics, firstIndex: UInt64(firstIndex))
      counts?.merge(RangeCounts(cast))
    }
  }

  static func counts(
    before: UnsafeBufferPointer<Float>, after: UnsafeBufferPointer<Float>, as precision: Precision
  ) -> RangeCounts {
    guard case .format(let format) = precision else { return RangeCounts() }
    return RangeCounts(TensorKernels.count(before: before, after: after, format: format))
  }

  static func multiply(
    _ a: MatrixView<Float>, _ b: MatrixView<Float>, into result: MatrixTarget<Float>,
    _ product: ProductSizes, accumulation: Accumulation, threads: Int
  ) {
    func operand(_ view: MatrixView<Float>) -> MatrixOperand {
      .float(
        view.elements, stride: view.stride, transposed: view.isTransposed,
        batchStride: view.batchStride, values: view.stored.precision.format ?? .fp32,
        scale: view.stored.scale)
    }
    TensorKernels.multiply(
      operand(a), operand(b),
      into: .float(
        result.elements, stride: result.stride, batchStride: result.batchStride,
        result.isAdded ? .add : .overwrite),
      shape: product.shape, batch: product.batch, accumulation: accumulation, threads: threads)
  }

  static func holds(_ format: Accumulation.SumFormat) -> Bool { format != .fp64 }

  static func add(
    _ sums: UnsafePointer<Float>, count: Int, to target: UnsafeMutablePointer<Float>,
    _ accumulation: Accumulation
  ) {
    TensorKernels.add(sums, count: count, to: target, accumulation)
  }
}

extension RangeCounts {
  /// The counts of a cast.
  init(_ counts: CastCounts) {
    self.init(
      elements: counts.elements, nonzero: counts.nonzero, zeroed: counts.zeroed,
      subnormal: counts.subnormal, overflow: counts.overflow, nan: counts.nan)
  }
}
