// SPDX-License-Identifier: Apache-2.0
import Formats

/// The elementary functions of one scalar type, each a piece of code that a loop vectorises.
protocol ElementarySet {
  /// The type of operands and results.
  associatedtype Scalar: BinaryFloatingPoint

  static func exp(_ x: Scalar) -> Scalar
  static func log(_ x: Scalar) -> Scalar
  static func tanh(_ x: Scalar) -> Scalar
  static func sigmoid(_ x: Scalar) -> Scalar
  static func erf(_ x: Scalar) -> Scalar
  static func normal(_ x: Scalar) -> Scalar
  static func gelu(_ x: Scalar) -> Scalar
  static func geluTanh(_ x: Scalar) -> Scalar
  static func rsqrt(_ x: Scalar) -> Scalar
}

extension ElementarySet {
  /// f(x).
  @inline(__always)
  static func value(_ function: ElementaryFunction, _ x: Scalar) -> Scalar {
    switch function {
    case .exp: exp(x)
    case .log: log(x)
    case .tanh: tanh(x)
    case .sigmoid: sigmoid(x)
    case .erf: erf(x)
    case .normal: normal(x)
    case .gelu: gelu(x)
    case .geluTanh: geluTanh(x)
    case .rsqrt: rsqrt(x)
    }
  }

  /// f of each element of `source`, into `target`, which is `source` itself or disjoint from it: a
  /// loop for each function, so that each vectorises.
  @inline(__always)
  static func apply(
    _ function: ElementaryFunction, _ source: UnsafePointer<Scalar>,
    into target: UnsafeMutablePointer<Scalar>, count: Int
  ) {
    switch function {
    case .exp: loop(source, target, count) { exp($0) }
    case .log: loop(source, target, count) { log($0) }
    case .tanh: loop(source, target, count) { tanh($0) }
    case .sigmoid: loop(source, target, count) { sigmoid($0) }
    case .erf: loop(source, target, count) { erf($0) }
    case .normal: loop(source, target, count) { normal($0) }
    case .gelu: loop(source, target, count) { gelu($0) }
    case .geluTanh: loop(source, target, count) { geluTanh($0) }
    case .rsqrt: loop(source, target, count) { rsqrt($0) }
    }
  }

  /// A loop whose source and target may overlap would check that and go element by element: the
  /// loop in place has one pointer.
  @inline(__always)
  private static func loop(
    _ source: UnsafePointer<Scalar>, _ target: UnsafeMutablePointer<Scalar>, _ count: Int,
    _ function: (Scalar) -> Scalar
  ) {
    if source == UnsafePointer(target) {
      for i in 0..<count { target[i] = function(target[i]) }
    } else {
      for i in 0..<count { target[i] = function(source[i]) }
    }
  }

  /// lower <= x <= upper, or NaN.
  @inline(__always)
  static func clamp(_ x: Double, _ lower: Double, _ upper: Double) -> Double {
    let y = x < lower ? lower : x
    return y > upper ? upper : y
  }
}

extension Float: ElementaryScalar {
  /// f(x).
  public static func elementary(_ function: ElementaryFunction, _ x: Float) -> Float {
    Binary32Elementary.value(function, x)
  }

  /// f of each element of `source`, into `target`, which is `source` itself or disjoint from it.
  public static func elementary(
    _ function: ElementaryFunction, _ source: UnsafePointer<Float>,
    into target: UnsafeMutablePointer<Float>, count: Int
  ) {
    Binary32Elementary.apply(function, source, into: target, count: count)
  }
}

extension Double: ElementaryScalar {
  /// f(x).
  public static func elementary(_ function: ElementaryFunction, _ x: Double) -> Double {
    Binary64Elementary.value(function, x)
  }

  /// f of each element of `source`, into `target`, which is `source` itself or disjoint from it.
  public static func elementary(
    _ function: ElementaryFunction, _ source: UnsafePointer<Double>,
    into target: UnsafeMutablePointer<Double>, count: Int
  ) {
    Binary64Elementary.apply(function, source, into: target, count: count)
  }
}
