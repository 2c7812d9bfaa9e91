// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import SoftFloat

/// The scalar type that holds a twin's values, and the rounding after each elementwise primitive.
///
/// A format narrower than FP32 is held in FP32. One primitive in FP32 and one rounding to FP16 is
/// the directly rounded primitive for + - × ÷ √, because 24 >= 2·11 + 2 (Figueroa, 1995).
protocol TrainingArithmetic: Sendable {
  /// The type of a held value.
  associatedtype Scalar: ElementaryScalar
  /// x in the arithmetic's own format.
  static func round(_ x: Scalar) -> Scalar
  /// x of FP64, rounded to the scalar type.
  static func scalar(_ x: Double) -> Scalar
  /// x widened to FP64, exactly.
  static func double(_ x: Scalar) -> Double
  /// op(a) op(b) in ascending order of the inner index, every product and every sum rounded to the
  /// accumulator's format; op transposes where the operand is stored transposed.
  static func matmul(
    _ a: [Scalar], _ b: [Scalar], transposed: (a: Bool, b: Bool), shape: ProductShape,
    accumulator: Precision, threads: Int
  ) -> [Scalar]
  /// Rounds values to a storage format in place, and counts what left its range.
  static func store(_ values: inout [Scalar], as precision: Precision) -> RangeCounts
  /// What left a storage format's range between two buffers of the same count.
  static func counts(before: [Scalar], after: [Scalar], as precision: Precision) -> RangeCounts
}

extension TrainingArithmetic {
  /// An elementary function in the scalar type, rounded to the arithmetic's format.
  static func apply(_ function: ElementaryFunction, _ x: Scalar) -> Scalar {
    round(Scalar.elementary(function, x))
  }

  /// The same of every element.
  static func apply(_ function: ElementaryFunction, _ x: consuming [Scalar]) -> [Scalar] {
    x.withUnsafeMutableBufferPointer { buffer in
      Scalar.elementary(function, buffer)
      for i in buffer.indices { buffer[i] = round(buffer[i]) }
    }
    return x
  }

  /// φ(x) = e^(-x²/2) / √(2π) of every element, computed in FP64, rounded once to the scalar type and
  /// once to the arithmetic's format.
  static func normalDensity(_ x: [Scalar]) -> [Scalar] {
    var powers = x.map { -0.5 * double($0) * double($0) }
    powers.withUnsafeMutableBufferPointer { Double.elementary(.exp, $0) }
    return powers.map { round(scalar(reciprocalRootOf2Pi * $0)) }
  }
}

private let reciprocalRootOf2Pi = 0x1.9884533d43651p-2

/// FP64 throughout.
enum Binary64Arithmetic: TrainingArithmetic {
  static func round(_ x: Double) -> Double { x }
  static func scalar(_ x: Double) -> Double { x }
  static func double(_ x: Double) -> Double { x }

  static func matmul(
    _ a: [Double], _ b: [Double], transposed: (a: Bool, b: Bool), shape: ProductShape,
    accumulator: Precision, threads: Int
  ) -> [Double] {
    product(a, b, shape) { a, b, c in
      TensorKernels.multiply(
        .double(a, stride: shape.strideOfA(transposed.a), transposed: transposed.a),
        .double(b, stride: shape.strideOfB(transposed.b), transposed: transposed.b),
        into: .double(c, stride: shape.columns), shape: shape,
        accumulation: Accumulation(.fp64, .productThenSum), threads: threads)
    }
  }

  static func store(_ values: inout [Double], as precision: Precision) -> RangeCounts {
    counts(before: values, after: values, as: precision)
  }

  static func counts(
    before: [Double], after: [Double], as precision: Precision
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
}

/// FP32 inside elementwise operations; storage in FP32, BF16 or FP16.
enum Binary32Arithmetic: TrainingArithmetic {
  static func round(_ x: Float) -> Float { x }
}

/// FP16 after every primitive.
enum Binary16Arithmetic: TrainingArithmetic {
  static func round(_ x: Float) -> Float { Binary16Rounding.round(x) }
}

extension TrainingArithmetic where Scalar == Float {
  static func scalar(_ x: Double) -> Float { Float(x) }
  static func double(_ x: Float) -> Double { Double(x) }

  static func matmul(
    _ a: [Float], _ b: [Float], transposed: (a: Bool, b: Bool), shape: ProductShape,
    accumulator: Precision, threads: Int
  ) -> [Float] {
    product(a, b, shape) { a, b, c in
      TensorKernels.multiply(
        .float(a, stride: shape.strideOfA(transposed.a), transposed: transposed.a),
        .float(b, stride: shape.strideOfB(transposed.b), transposed: transposed.b),
        into: .float(c, stride: shape.columns), shape: shape,
        accumulation: Accumulation(accumulator.sumFormat, .productThenSum), threads: threads)
    }
  }

  static func store(_ values: inout [Float], as precision: Precision) -> RangeCounts {
    guard let format = precision.format else { return RangeCounts() }
    return RangeCounts(
      values.withUnsafeMutableBufferPointer { TensorKernels.cast($0, to: format) })
  }

  static func counts(
    before: [Float], after: [Float], as precision: Precision
  ) -> RangeCounts {
    guard let format = precision.format else { return RangeCounts() }
    return before.withUnsafeBufferPointer { before in
      after.withUnsafeBufferPointer { after in
        RangeCounts(TensorKernels.count(before: before, after: after, format: format))
      }
    }
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

/// The contiguous result of a kernel that reads two arrays and writes every element.
private func product<Scalar>(
  _ a: [Scalar], _ b: [Scalar], _ shape: ProductShape,
  _ kernel: (UnsafePointer<Scalar>, UnsafePointer<Scalar>, UnsafeMutablePointer<Scalar>) -> Void
) -> [Scalar] {
  let count = shape.rows * shape.columns
  return [Scalar](unsafeUninitializedCapacity: count) { c, initialized in
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
        kernel(a, b, c)
        initialized = count
      }
    }
  }
}

extension ProductShape {
  /// The row length of a contiguous left operand as it is stored.
  fileprivate func strideOfA(_ isTransposed: Bool) -> Int { isTransposed ? rows : inner }
  /// The row length of a contiguous right operand as it is stored.
  fileprivate func strideOfB(_ isTransposed: Bool) -> Int { isTransposed ? inner : columns }
}

extension Precision {
  fileprivate var sumFormat: Accumulation.SumFormat {
    switch self {
    case .fp16: .fp16
    case .bf16: .bf16
    case .fp32: .fp32
    case .fp64: .fp64
    }
  }
}
