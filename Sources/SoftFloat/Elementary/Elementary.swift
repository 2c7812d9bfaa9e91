// SPDX-License-Identifier: Apache-2.0
import Formats

/// exp, log, tanh and their kin for FP32 and FP64: the same bits on every machine, where a libm
/// differs from version to version.
///
/// Errors: FP32 at most 0.500005 ulp over all inputs; FP64 below 0.9 ulp on 10^7 inputs of each
/// function, as measured by `halfway elementary` (docs/verification.md). `ElementaryFunction`
/// defines each value and its ends.
///
/// Edge Cases: a NaN operand gives the canonical NaN, so do negative operands of log and rsqrt; odd
/// functions and both forms of gelu keep the sign of zero.
public enum Elementary {
  /// e^x.
  public static func exp(_ x: Float) -> Float { Binary32Elementary.exp(x) }
  /// e^x.
  public static func exp(_ x: Double) -> Double { Binary64Elementary.exp(x) }
  /// ln x.
  public static func log(_ x: Float) -> Float { Binary32Elementary.log(x) }
  /// ln x.
  public static func log(_ x: Double) -> Double { Binary64Elementary.log(x) }
  /// tanh x.
  public static func tanh(_ x: Float) -> Float { Binary32Elementary.tanh(x) }
  /// tanh x.
  public static func tanh(_ x: Double) -> Double { Binary64Elementary.tanh(x) }
  /// 1 / (1 + e^-x).
  public static func sigmoid(_ x: Float) -> Float { Binary32Elementary.sigmoid(x) }
  /// 1 / (1 + e^-x).
  public static func sigmoid(_ x: Double) -> Double { Binary64Elementary.sigmoid(x) }
  /// erf x.
  public static func erf(_ x: Float) -> Float { Binary32Elementary.erf(x) }
  /// erf x.
  public static func erf(_ x: Double) -> Double { Binary64Elementary.erf(x) }
  /// Φ(x).
  public static func normal(_ x: Float) -> Float { Binary32Elementary.normal(x) }
  /// Φ(x).
  public static func normal(_ x: Double) -> Double { Binary64Elementary.normal(x) }
  /// x Φ(x).
  public static func gelu(_ x: Float) -> Float { Binary32Elementary.gelu(x) }
  /// x Φ(x).
  public static func gelu(_ x: Double) -> Double { Binary64Elementary.gelu(x) }
  /// The tanh form of gelu.
  public static func geluTanh(_ x: Float) -> Float { Binary32Elementary.geluTanh(x) }
  /// The tanh form of gelu.
  public static func geluTanh(_ x: Double) -> Double { Binary64Elementary.geluTanh(x) }
  /// 1/√x.
  public static func rsqrt(_ x: Float) -> Float { Binary32Elementary.rsqrt(x) }
  /// 1/√x.
  public static func rsqrt(_ x: Double) -> Double { Binary64Elementary.rsqrt(x) }
}

/// A scalar that has the elementary functions: FP32 or FP64.
public protocol ElementaryScalar: BinaryFloatingPoint, Sendable {
  /// f(x).
  static func elementary(_ function: ElementaryFunction, _ x: Self) -> Self

  /// f of each of `count` elements of `source`, into `target`, which is `source` itself or disjoint
  /// from it.
  static func elementary(
    _ function: ElementaryFunction, _ source: UnsafePointer<Self>,
    into target: UnsafeMutablePointer<Self>, count: Int)
}

extension ElementaryScalar {
  /// f of every element, in place.
  public static func elementary(
    _ function: ElementaryFunction, _ buffer: UnsafeMutableBufferPointer<Self>
  ) {
    guard let base = buffer.baseAddress else { return }
    elementary(function, base, into: base, count: buffer.count)
  }
}
