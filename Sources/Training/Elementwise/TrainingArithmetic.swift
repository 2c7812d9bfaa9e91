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
  /// a b under an accumulator.
  static func matmul(
    _ a: [Scalar], _ b: [Scalar], shape: ProductShape, accumulator: Precision, threads: Int
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
    _ a: [Double], _ b: [Double], shape: ProductShape, accumulator: Precision, threads: Int
  ) -> [Double] {
    var c = [Double](repeating: 0, count: shape.rows * shape.columns)
    c.withUnsafeMutableBufferPointer { c in
      guard let base = c.baseAddress else { return }
      TensorKernels.matmul(a, b, into: base, shape: shape, threads: threads)
    }
    return c
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
    _ a: [Float], _ b: [Float], shape: ProductShape, accumulator: Precision, threads: Int
  ) -> [Float] {
    var c = [Float](repeating: 0, count: shape.rows * shape.columns)
    c.withUnsafeMutableBufferPointer { c in
      guard let base = c.baseAddress else { return }
      if accumulator == .fp16 {
        TensorKernels.matmulRoundingToBinary16(a, b, into: base, shape: shape, threads: threads)
      } else {
        TensorKernels.matmul(a, b, into: base, shape: shape, threads: threads)
      }
    }
    return c
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
