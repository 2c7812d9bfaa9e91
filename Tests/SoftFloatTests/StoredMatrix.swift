// SPDX-License-Identifier: Apache-2.0
import Formats

@testable import SoftFloat

/// A matrix in memory in every storage at once, rows padded, for tests of the kernels that read it.
struct StoredMatrix {
  let rows: Int
  let columns: Int
  let isTransposed: Bool
  let stride: Int
  let floats: UnsafeMutablePointer<Float>
  let doubles: UnsafeMutablePointer<Double>
  let encodings: UnsafeMutablePointer<UInt16>
  private let count: Int

  /// The row-major values of a matrix, stored as they are or transposed, `padding` elements after
  /// each row holding the sentinel.
  init(
    _ values: [Double], _ rows: Int, _ columns: Int, _ isTransposed: Bool, _ padding: Int,
    sentinel: Double = .nan
  ) {
    self.rows = rows
    self.columns = columns
    self.isTransposed = isTransposed
    let (outer, inner) = isTransposed ? (columns, rows) : (rows, columns)
    stride = inner + padding
    count = outer * stride
    floats = .allocate(capacity: count)
    doubles = .allocate(capacity: count)
    encodings = .allocate(capacity: count)
    floats.initialize(repeating: Float(sentinel), count: count)
    doubles.initialize(repeating: sentinel, count: count)
    encodings.initialize(repeating: 0x7fff, count: count)
    for i in 0..<outer {
      for j in 0..<inner {
        let value = isTransposed ? values[j * columns + i] : values[i * columns + j]
        doubles[i * stride + j] = value
        floats[i * stride + j] = Float(value)
      }
    }
  }

  func deallocate() {
    floats.deallocate()
    doubles.deallocate()
    encodings.deallocate()
  }

  /// The operand: FP64 without a format, otherwise its encodings or its values in FP32.
  func operand(_ format: Format?, _ isEncoded: Bool) -> MatrixOperand {
    guard let format else {
      return .double(doubles, stride: stride, transposed: isTransposed)
    }
    guard isEncoded else { return .float(floats, stride: stride, transposed: isTransposed) }
    for i in 0..<count {
      let bits = UInt64(floats[i].bitPattern)
      let narrow = Arithmetic.evaluate(.convert, bits, format: .fp32, to: format)
      encodings[i] = UInt16(truncatingIfNeeded: narrow.value)
    }
    return format == .fp16
      ? .binary16(encodings, stride: stride, transposed: isTransposed)
      : .bfloat16(encodings, stride: stride, transposed: isTransposed)
  }

  /// The values, and how many elements between the rows no longer hold the sentinel.
  func read(wide: Bool, sentinel: Double) -> (values: [Double], strayWrites: Int) {
    var values: [Double] = []
    var stray = 0
    for i in 0..<rows {
      for j in 0..<stride {
        let value = wide ? doubles[i * stride + j] : Double(floats[i * stride + j])
        if j < columns { values.append(value) } else { stray += value == sentinel ? 0 : 1 }
      }
    }
    return (values, stray)
  }
}
