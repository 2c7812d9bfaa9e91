// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// `halfway_product` of `include/halfway.h`, field by field.
struct ProductArgument {
  var rows: Int
  var inner: Int
  var columns: Int
  var batch: Int
  var a: UnsafeRawPointer?
  var aType: UnsafePointer<CChar>?
  var aFormat: UnsafePointer<CChar>?
  var aStride: Int
  var aBatchStride: Int
  var b: UnsafeRawPointer?
  var bType: UnsafePointer<CChar>?
  var bFormat: UnsafePointer<CChar>?
  var bStride: Int
  var bBatchStride: Int
  var c: UnsafePointer<Float>?
  var cFormat: UnsafePointer<CChar>?
  var result: UnsafeMutableRawPointer?
  var resultType: UnsafePointer<CChar>?
  var aTransposed: Int32
  var bTransposed: Int32
  var accumulate: UnsafePointer<CChar>?
  var step: UnsafePointer<CChar>?
  var order: UnsafePointer<CChar>?
  var size: Int
  var sums: UnsafePointer<CChar>?
  var shape: UnsafePointer<CChar>?
}

/// A factor of a product, checked: an array that holds its rows, and the format of its values.
struct FactorArgument {
  let array: ArrayArgument
  let format: Format
  let stride: Int
  let batchStride: Int
  let isTransposed: Bool
  let rows: Int
  let columns: Int
  let batch: Int

  init(
    _ pointer: UnsafeRawPointer?, _ typeName: UnsafePointer<CChar>?,
    _ formatName: UnsafePointer<CChar>?, stride: Int, batchStride: Int, transposed: Int32,
    rows: Int, columns: Int, batch: Int, _ name: String
  ) throws(Refusal) {
    let type = try ArrayElement.read(typeName, "\(name)_type")
    isTransposed = transposed != 0
    (self.rows, self.columns) = isTransposed ? (columns, rows) : (rows, columns)
    self.batch = batch
    self.stride = stride
    self.batchStride = batchStride
    guard stride >= self.columns else {
      throw Refusal("\(name)_stride is \(stride), and a row in memory has \(self.columns) elements")
    }
    guard batchStride >= 0 else { throw Refusal("\(name)_batch_stride is negative") }
    let extent = try Self.extent(
      rows: self.rows, columns: self.columns, stride: stride, batch: batch,
      batchStride: batchStride, name)
    array = try ArrayArgument(pointer, type, count: extent, name)
    switch (type, formatName) {
    case (.format(.fp32), nil): format = .fp32
    case (.format(.fp32), let formatName?):
      format = try Format.read(formatName, "\(name)_format")
    case (.format(.fp16), nil): format = .fp16
    case (.format(.bf16), nil): format = .bf16
    case (.fp64, nil): format = .fp32
    case (_, nil):
      throw Refusal(
        .unsupported,
        "\(name)_type is \(type.name): factors are fp16, bf16, fp32 or fp64; hold the numbers of "
          + "narrower formats in fp32 and name \(name)_format")
    default:
      throw Refusal(
        .unsupported, "\(name)_format is for factors in fp32, and \(name)_type is \(type.name)")
    }
  }

  /// The elements from the first to the last.
  static func extent(
    rows: Int, columns: Int, stride: Int, batch: Int, batchStride: Int, _ name: String
  ) throws(Refusal) -> Int {
    guard rows > 0, columns > 0, batch > 0 else { return 0 }
    let (inRows, first) = (rows - 1).multipliedReportingOverflow(by: stride)
    let (inBatch, second) = (batch - 1).multipliedReportingOverflow(by: batchStride)
    let (most, third) = inRows.addingReportingOverflow(inBatch)
    let (extent, fourth) = most.addingReportingOverflow(columns)
    guard !first, !second, !third, !fourth, extent <= ArrayArgument.mostElements else {
      throw Refusal("\(name) is larger than any memory")
    }
    return extent
  }

  /// The operand of the kernels.
  var operand: MatrixOperand {
    let base = array.base
    switch array.type {
    case .fp64:
      return .double(
        base.assumingMemoryBound(to: Double.self), stride: stride, transposed: isTransposed,
        batchStride: batchStride)
    case .format(.fp16):
      return .binary16(
        base.assumingMemoryBound(to: UInt16.self), stride: stride, transposed: isTransposed,
        batchStride: batchStride)
    case .format(.bf16):
      return .bfloat16(
        base.assumingMemoryBound(to: UInt16.self), stride: stride, transposed: isTransposed,
        batchStride: batchStride)
    default:
      return .float(
        base.assumingMemoryBound(to: Float.self), stride: stride, transposed: isTransposed,
        batchStride: batchStride, values: format)
    }
  }

  /// Refuses elements in FP32 that are no numbers of a format.
  func mustHoldNumbers(of format: Format, _ name: String) throws(Refusal) {
    guard array.type == .format(.fp32), format != .fp32 else { return }
    let values = array.base.assumingMemoryBound(to: Float.self)
    for matrix in 0..<(batchStride == 0 ? min(batch, 1) : batch) {
      for row in 0..<rows {
        let start = matrix * batchStride + row * stride
        guard let column = ValueCheck.first(in: values + start, count: columns, notIn: format)
        else { continue }
        throw Refusal(
          .unsupported,
          "\(name) has \(values[start + column]) in row \(row), column \(column) of its memory, which "
            + "is no number of \(format.id): round it first")
      }
    }
  }
}

/// Whether FP32 values are numbers of a format.
enum ValueCheck {
  private static let chunk = 1024

  /// The index of the first value that rounding to a format changes; NaNs do not count.
  static func first(
    in values: UnsafePointer<Float>, count: Int, notIn format: Format
  ) -> Int? {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: chunk) { scratch in
      guard let rounded = scratch.baseAddress else { return nil }
      for start in stride(from: 0, to: count, by: chunk) {
        let some = min(chunk, count - start)
        TensorKernels.round(values + start, into: rounded, count: some, to: format)
        var changed: UInt32 = 0
        for i in 0..<some {
          changed |= differs(values[start + i], rounded[i])
        }
        guard changed != 0 else { continue }
        return (0..<some).first { differs(values[start + $0], rounded[$0]) != 0 }.map { start + $0 }
      }
      return nil
    }
  }

  @inline(__always)
  private static func differs(_ x: Float, _ y: Float) -> UInt32 {
    x == y || x != x ? 0 : 1
  }
}
