// SPDX-License-Identifier: Apache-2.0
import Formats

/// A matrix in memory that a product reads: where its elements lie and what they encode.
///
/// Row r of the matrix as stored begins `r * stride` elements after the first. A transposed operand
/// is read with the roles of its rows and columns exchanged: for op(A) of m × k it is stored as
/// k × m.
public struct MatrixOperand: @unchecked Sendable {
  enum Storage {
    case float(UnsafePointer<Float>)
    case double(UnsafePointer<Double>)
    case binary16(UnsafePointer<UInt16>)
    case bfloat16(UnsafePointer<UInt16>)
  }

  let storage: Storage
  let stride: Int
  let isTransposed: Bool
  let batchStride: Int
  /// The format whose values the elements are, times 2^-scale; FP32 where nothing narrower is
  /// known. Only matrix units ask.
  let format: Format
  /// The power of two that makes the elements values of their format.
  let scale: Int

  private init(
    _ storage: Storage, _ stride: Int, _ isTransposed: Bool, _ batchStride: Int,
    _ format: Format = .fp32, scale: Int = 0
  ) {
    self.storage = storage
    self.stride = stride
    self.isTransposed = isTransposed
    self.batchStride = batchStride
    self.format = format
    self.scale = scale
  }

  /// FP32 elements, or those of a narrower format held in FP32; matrix i of a batch begins `i *
  /// batchStride` elements after the first. A matrix unit is told the format and takes the elements
  /// times 2^scale, of which it then divides the sums.
  public static func float(
    _ elements: UnsafePointer<Float>, stride: Int, transposed: Bool = false, batchStride: Int = 0,
    values format: Format = .fp32, scale: Int = 0
  ) -> MatrixOperand {
    MatrixOperand(.float(elements), stride, transposed, batchStride, format, scale: scale)
  }

  /// FP64 elements.
  public static func double(
    _ elements: UnsafePointer<Double>, stride: Int, transposed: Bool = false, batchStride: Int = 0
  ) -> MatrixOperand {
    MatrixOperand(.double(elements), stride, transposed, batchStride)
  }

  /// Encodings of binary16.
  public static func binary16(
    _ elements: UnsafePointer<UInt16>, stride: Int, transposed: Bool = false, batchStride: Int = 0
  ) -> MatrixOperand {
    MatrixOperand(.binary16(elements), stride, transposed, batchStride, .fp16)
  }

  /// Encodings of bfloat16.
  public static func bfloat16(
    _ elements: UnsafePointer<UInt16>, stride: Int, transposed: Bool = false, batchStride: Int = 0
  ) -> MatrixOperand {
    MatrixOperand(.bfloat16(elements), stride, transposed, batchStride, .bf16)
  }

  /// Whether the elements are encodings that have to be widened.
  var isEncoded: Bool {
    switch storage {
    case .float, .double: false
    case .binary16, .bfloat16: true
    }
  }

  /// Whether sums of this format can take the elements as they are.
  func suits(_ format: Accumulation.SumFormat) -> Bool {
    switch (storage, format) {
    case (.float, _), (_, .fp64), (.binary16, .fp32), (.bfloat16, .fp32): true
    case (.binary16, .fp16), (.bfloat16, .bf16): true
    default: false
    }
  }
}
