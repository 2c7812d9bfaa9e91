// SPDX-License-Identifier: Apache-2.0
import Formats

/// A matrix in memory that a product writes, row-major; row r begins `r * stride` elements after
/// the first, and matrix i of a batch `i * batchStride`.
public struct MatrixResult: @unchecked Sendable {
  /// What becomes of the elements that stand there.
  public enum Mode: Sendable {
    /// c = S, the finished sum.
    case overwrite
    /// c = F(c + S), one addition after the sum is finished, F the rounding to the sum's result
    /// format.
    case add
  }

  enum Storage {
    case float(UnsafeMutablePointer<Float>)
    case double(UnsafeMutablePointer<Double>)
  }

  let storage: Storage
  let stride: Int
  let batchStride: Int
  let mode: Mode

  private init(_ storage: Storage, _ stride: Int, _ batchStride: Int, _ mode: Mode) {
    self.storage = storage
    self.stride = stride
    self.batchStride = batchStride
    self.mode = mode
  }

  /// FP32 elements, also for sums in FP16 and BF16; sums in FP64 are rounded to FP32 at the end.
  public static func float(
    _ elements: UnsafeMutablePointer<Float>, stride: Int, batchStride: Int = 0,
    _ mode: Mode = .overwrite
  ) -> MatrixResult {
    MatrixResult(.float(elements), stride, batchStride, mode)
  }

  /// FP64 elements, for sums in FP64.
  public static func double(
    _ elements: UnsafeMutablePointer<Double>, stride: Int, batchStride: Int = 0,
    _ mode: Mode = .overwrite
  ) -> MatrixResult {
    MatrixResult(.double(elements), stride, batchStride, mode)
  }

  /// Whether sums of this format can be stored.
  func suits(_ format: Accumulation.SumFormat) -> Bool {
    if case .double = storage { format == .fp64 } else { true }
  }
}
