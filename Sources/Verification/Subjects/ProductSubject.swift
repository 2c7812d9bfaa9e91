// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// `TensorKernels.multiply`: a case is an element of a product with an addend, c + Σ a b, of which
/// one term counts and the others are -0, which change no sum.
package struct ProductSubject: Subject {
  /// `product`.
  package let name = "product"
  /// False: products have no exceptions.
  package let reportsFlags = false
  /// False: a NaN is a NaN of FP32.
  package let deliversDefinedNaNs = false

  /// The rows and columns of a product: whole tiles of the kernels and what is left of them.
  private static let side = 45
  /// The terms of a sum.
  private static let terms = 7

  /// The subject.
  package init() {}

  /// `add` is c + a · 1, `mul` -0 + a · b, `fma` c + a · b in one rounding; to nearest even.
  package func function(
    for evaluation: Evaluation
  ) -> Result<BlockFunction, CaseSelection.Unavailable> {
    let sums: Accumulation.SumFormat
    switch evaluation.format {
    case .fp16: sums = .fp16
    case .bf16: sums = .bf16
    case .fp32: sums = .fp32
    default: return .failure(.init(reason: "products sum in fp16, bf16 and fp32"))
    }
    guard [.add, .mul, .fma].contains(evaluation.operation) else {
      return .failure(.init(reason: "product does add, mul and fma only"))
    }
    if let reason = NativeLimits.reason(evaluation) {
      return .failure(.init(reason: "product \(reason)"))
    }
    let (operation, format) = (evaluation.operation, evaluation.format)
    let encoding = ShortcutRounding(format)
    return .success { block, results, flags in
      func value(_ bits: UInt64) -> Float {
        let single = Arithmetic.evaluate(.convert, bits, format: format, to: .fp32).value
        return Float(bitPattern: UInt32(truncatingIfNeeded: single))
      }
      for first in stride(from: 0, to: block.count, by: Self.side) {
        let count = min(Self.side, block.count - first)
        let factors = (0..<count).map { i -> (a: Float, b: Float, c: Float) in
          let (a, b) = (value(block.a[first + i]), value(block.b[first + i]))
          return switch operation {
          case .add: (a, 1, b)
          case .mul: (a, b, -0.0)
          default: (a, b, value(block.c[first + i]))
          }
        }
        let sum = Self.diagonal(
          factors, Accumulation(sums, operation == .add ? .productThenSum : .fused))
        for i in 0..<count { results[first + i] = encoding.encoding(Double(sum[i])) }
      }
      flags.update(repeating: 0, count: block.count)
    }
  }

  /// The diagonal of the product whose element i, i is c + a b.
  private static func diagonal(
    _ factors: [(a: Float, b: Float, c: Float)], _ accumulation: Accumulation
  ) -> [Float] {
    let count = factors.count
    var left = [Float](repeating: -0.0, count: count * terms)
    var right = [Float](repeating: 1, count: terms * count)
    var sums = [Float](repeating: 0, count: count * count)
    for (i, factor) in factors.enumerated() {
      // The term stands at another place in each.
      left[i * terms + i % terms] = factor.a
      right[i % terms * count + i] = factor.b
      sums[i * count + i] = factor.c
    }
    sums.withUnsafeMutableBufferPointer { c in
      left.withUnsafeBufferPointer { a in
        right.withUnsafeBufferPointer { b in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
          TensorKernels.multiply(
            .float(a, stride: terms), .float(b, stride: count), plus: .float(c, stride: count),
            into: .float(c, stride: count),
            shape: ProductShape(rows: count, inner: terms, columns: count),
            accumulation: accumulation, threads: 1)
        }
      }
    }
    return (0..<count).map { sums[$0 * count + $0] }
  }
}
