// SPDX-License-Identifier: Apache-2.0
import Formats
import Randomness
import SoftFloat

/// Operands of a matrix product in every storage, and its results: multiples of 2^-6 in -1..<1,
/// which all formats hold.
struct ProductOperands {
  /// A matrix in each storage.
  struct Matrix {
    let single: UnsafeMutablePointer<Float>
    let double: UnsafeMutablePointer<Double>
    let binary16: UnsafeMutablePointer<UInt16>
    let bfloat16: UnsafeMutablePointer<UInt16>

    init(count: Int, seed: UInt64) {
      single = .allocate(capacity: count)
      double = .allocate(capacity: count)
      binary16 = .allocate(capacity: count)
      bfloat16 = .allocate(capacity: count)
      for i in 0..<count {
        let value = Float(RandomWords.word(seed: seed, index: UInt64(i)) >> 25) / 64 - 1
        single[i] = value
        double[i] = Double(value)
        binary16[i] = Float16(value).bitPattern
        bfloat16[i] = UInt16(truncatingIfNeeded: value.bitPattern >> 16)
      }
    }

    func deallocate() {
      single.deallocate()
      double.deallocate()
      binary16.deallocate()
      bfloat16.deallocate()
    }

    func operand(_ format: Accumulation.SumFormat, stride: Int) -> MatrixOperand {
      switch format {
      case .fp16: .binary16(binary16, stride: stride)
      case .bf16: .bfloat16(bfloat16, stride: stride)
      case .fp32: .float(single, stride: stride)
      case .fp64: .double(double, stride: stride)
      }
    }
  }

  let shape: ProductShape
  let a: Matrix
  let b: Matrix
  let c: Matrix

  init(_ shape: ProductShape) {
    self.shape = shape
    a = Matrix(count: shape.rows * shape.inner, seed: 1)
    b = Matrix(count: shape.inner * shape.columns, seed: 2)
    c = Matrix(count: shape.rows * shape.columns, seed: 3)
  }

  func deallocate() {
    for matrix in [a, b, c] { matrix.deallocate() }
  }

  /// The product as a plain Swift loop takes it, in the same order with the same roundings; nil for
  /// an order other than sequential, and for a fused step in FP16 or BF16, which the language does
  /// not have (`Float16.addingProduct` rounds twice).
  func plainLoop(_ accumulation: Accumulation) -> (() -> Void)? {
    guard case .sequential = accumulation.order else { return nil }
    let (a, b, c) = (a, b, c)
    switch (accumulation.format, accumulation.step) {
    case (.fp32, .fused): return { loop(a.single, b.single, c.single) { $0.addingProduct($1, $2) } }
    case (.fp32, .productThenSum): return { loop(a.single, b.single, c.single) { $0 + $1 * $2 } }
    case (.fp64, .fused): return { loop(a.double, b.double, c.double) { $0.addingProduct($1, $2) } }
    case (.fp64, .productThenSum): return { loop(a.double, b.double, c.double) { $0 + $1 * $2 } }
    case (.fp16, .productThenSum):
      return {
        loop(a.single, b.single, c.single) { Float(Float16($0 + Float(Float16($1 * $2)))) }
      }
    case (.bf16, .productThenSum):
      return {
        loop(a.single, b.single, c.single) {
          BFloat16Rounding.round($0 + BFloat16Rounding.round($1 * $2))
        }
      }
    case (.fp16, .fused), (.bf16, .fused): return nil
    }
  }

  /// Term by term, so that the loop over the columns vectorises.
  @inline(__always)
  private func loop<Scalar: BinaryFloatingPoint>(
    _ a: UnsafeMutablePointer<Scalar>, _ b: UnsafeMutablePointer<Scalar>,
    _ c: UnsafeMutablePointer<Scalar>, _ step: (Scalar, Scalar, Scalar) -> Scalar
  ) {
    for i in 0..<shape.rows {
      let sums = c + i * shape.columns
      sums.update(repeating: 0, count: shape.columns)
      for k in 0..<shape.inner {
        let x = a[i * shape.inner + k]
        let y = b + k * shape.columns
        for j in 0..<shape.columns { sums[j] = step(sums[j], x, y[j]) }
      }
    }
  }
}
