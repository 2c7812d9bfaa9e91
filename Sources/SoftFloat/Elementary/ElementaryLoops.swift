// SPDX-License-Identifier: Apache-2.0
import Formats

/// Loops over elements, one per function so that each vectorises.
///
/// A loop whose source and target may overlap would check that and go element by element: the
/// loop in place has one pointer.
private enum ElementaryLoop {
  @inline(__always)
  static func run<T>(
    _ source: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>, _ count: Int,
    _ function: (T) -> T
  ) {
    if source == UnsafePointer(target) {
      for i in 0..<count { target[i] = function(target[i]) }
    } else {
      for i in 0..<count { target[i] = function(source[i]) }
    }
  }
}

extension Float: ElementaryScalar {
  /// f(x).
  public static func elementary(_ function: ElementaryFunction, _ x: Float) -> Float {
    switch function {
    case .exp: Elementary.exp(x)
    case .log: Elementary.log(x)
    case .tanh: Elementary.tanh(x)
    case .sigmoid: Elementary.sigmoid(x)
    case .erf: Elementary.erf(x)
    case .normal: Elementary.normal(x)
    case .gelu: Elementary.gelu(x)
    case .geluTanh: Elementary.geluTanh(x)
    case .rsqrt: Elementary.rsqrt(x)
    }
  }

  /// f of each element of `source`, into `target`, which is `source` itself or disjoint from it.
  public static func elementary(
    _ function: ElementaryFunction, _ source: UnsafePointer<Float>,
    into target: UnsafeMutablePointer<Float>, count: Int
  ) {
    switch function {
    case .exp: ElementaryLoop.run(source, target, count) { Binary32Elementary.exp($0) }
    case .log: ElementaryLoop.run(source, target, count) { Binary32Elementary.log($0) }
    case .tanh: ElementaryLoop.run(source, target, count) { Binary32Elementary.tanh($0) }
    case .sigmoid: ElementaryLoop.run(source, target, count) { Binary32Elementary.sigmoid($0) }
    case .erf: ElementaryLoop.run(source, target, count) { Binary32Elementary.erf($0) }
    case .normal: ElementaryLoop.run(source, target, count) { Binary32Elementary.normal($0) }
    case .gelu: ElementaryLoop.run(source, target, count) { Binary32Elementary.gelu($0) }
    case .geluTanh: ElementaryLoop.run(source, target, count) { Binary32Elementary.geluTanh($0) }
    case .rsqrt: ElementaryLoop.run(source, target, count) { Binary32Elementary.rsqrt($0) }
    }
  }
}

extension Double: ElementaryScalar {
  /// f(x).
  public static func elementary(_ function: ElementaryFunction, _ x: Double) -> Double {
    switch function {
    case .exp: Elementary.exp(x)
    case .log: Elementary.log(x)
    case .tanh: Elementary.tanh(x)
    case .sigmoid: Elementary.sigmoid(x)
    case .erf: Elementary.erf(x)
    case .normal: Elementary.normal(x)
    case .gelu: Elementary.gelu(x)
    case .geluTanh: Elementary.geluTanh(x)
    case .rsqrt: Elementary.rsqrt(x)
    }
  }

  /// f of each element of `source`, into `target`, which is `source` itself or disjoint from it.
  public static func elementary(
    _ function: ElementaryFunction, _ source: UnsafePointer<Double>,
    into target: UnsafeMutablePointer<Double>, count: Int
  ) {
    switch function {
    case .exp: ElementaryLoop.run(source, target, count) { Binary64Elementary.exp($0) }
    case .log: ElementaryLoop.run(source, target, count) { Binary64Elementary.log($0) }
    case .tanh: ElementaryLoop.run(source, target, count) { Binary64Elementary.tanh($0) }
    case .sigmoid: ElementaryLoop.run(source, target, count) { Binary64Elementary.sigmoid($0) }
    case .erf: ElementaryLoop.run(source, target, count) { Binary64Elementary.erf($0) }
    case .normal: ElementaryLoop.run(source, target, count) { Binary64Elementary.normal($0) }
    case .gelu: ElementaryLoop.run(source, target, count) { Binary64Elementary.gelu($0) }
    case .geluTanh: ElementaryLoop.run(source, target, count) { Binary64Elementary.geluTanh($0) }
    case .rsqrt: ElementaryLoop.run(source, target, count) { Binary64Elementary.rsqrt($0) }
    }
  }
}
