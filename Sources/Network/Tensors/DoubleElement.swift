// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Policies
import SoftFloat

extension Double: TensorElement {
  static func storage(_ buffer: TensorBuffer<Double>) -> TensorStorage { .double(buffer) }

  static func buffer(_ storage: TensorStorage) -> TensorBuffer<Double>? {
    if case .double(let buffer) = storage { buffer } else { nil }
  }

  static func store(
    _ values: UnsafeMutableBufferPointer<Double>, _ storing: Storing, firstIndex: Int,
    counts: inout RangeCounts?
  ) {
    if case .format(let format) = storing.precision {
      return round(values, to: format, storing, firstIndex: firstIndex, counts: &counts)
    }
    guard counts != nil else { return }
    let values = UnsafeBufferPointer(values)
    counts?.merge(Self.counts(before: values, after: values, as: .fp64))
  }

  /// Rounds FP64 values once: from FP32 values rounded to odd where the format is narrow enough.
  private static func round(
    _ values: UnsafeMutableBufferPointer<Double>, to format: Format, _ storing: Storing,
    firstIndex: Int, counts: inout RangeCounts?
  ) {
    let isNarrow = format.precision <= 22
    withUnsafeTemporaryAllocation(of: Float.self, capacity: values.count) { floats in
      for i in values.indices {
        floats.initializeElement(
          at: i, to: isNarrow ? Float(roundingToOdd: values[i]) : Float(values[i]))
      }
      Float.store(floats, storing, firstIndex: firstIndex, counts: &counts)
      for i in values.indices { values[i] = Double(floats[i]) }
    }
  }

  static func counts(
    before: UnsafeBufferPointer<Double>, after: UnsafeBufferPointer<Double>,
    as precision: Precision
  ) -> RangeCounts {
    var counts = RangeCounts()
    counts.elements = after.count
    for x in after {
      counts.nonzero += x.magnitude > 0 ? 1 : 0
      counts.subnormal += x.isSubnormal ? 1 : 0
      counts.overflow += x.isInfinite ? 1 : 0
      counts.nan += x.isNaN ? 1 : 0
    }
    return counts
  }

  static func multiply(
    _ a: MatrixView<Double>, _ b: MatrixView<Double>, into result: MatrixTarget<Double>,
    _ product: ProductSizes, accumulation: Accumulation, threads: Int
  ) {
    TensorKernels.multiply(
      .double(
        a.elements, stride: a.stride, transposed: a.isTransposed, batchStride: a.batchStride),
      .double(
        b.elements, stride: b.stride, transposed: b.isTransposed, batchStride: b.batchStride),
      into: .double(
        result.elements, stride: result.stride, batchStride: result.batchStride,
        result.isAdded ? .add : .overwrite),
      shape: product.shape, batch: product.batch, accumulation: accumulation, threads: threads)
  }

  static func add(
    _ sums: UnsafePointer<Double>, count: Int, to target: UnsafeMutablePointer<Double>,
    _: Accumulation
  ) {
    for i in 0..<count { target[i] += sums[i] }
  }
}
