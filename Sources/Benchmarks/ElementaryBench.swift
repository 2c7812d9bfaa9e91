// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import Randomness
import SoftFloat

/// The rates of the elementary functions over buffers.
package enum ElementaryBench {
  /// The rate of one function in one format.
  package struct Row: Codable, Sendable {
    package var function: ElementaryFunction
    /// `fp32` or `fp64`.
    package var format: String
    /// The time of one element in nanoseconds.
    package var nanoseconds: Double
    /// How many times faster than a loop over libm's function; nil where it has none.
    package var timesLibm: Double?

    /// Elements per second, in millions.
    package var megaRate: Double { 1000 / nanoseconds }

    /// The row with the fastest times of two measurements of the same.
    package func fastest(_ other: Row) -> Row {
      var row = self
      row.nanoseconds = min(nanoseconds, other.nanoseconds)
      row.timesLibm = BenchTimer.ratio(
        timesLibm, at: nanoseconds, or: other.timesLibm, at: other.nanoseconds)
      return row
    }
  }

  private static let count = BenchOperands<UInt32>.count

  /// The rows of every function in FP32 and FP64, for operands spread over -8...8, over 0...8 where
  /// the function needs it.
  package static func rows(progress: () -> Void) -> [Row] {
    ElementaryFunction.allCases.map { function in
      defer { progress() }
      return row(function, Float.self, "fp32", libm(function))
    }
      + ElementaryFunction.allCases.map { function in
        defer { progress() }
        return row(function, Double.self, "fp64", libm(function))
      }
  }

  private static func row<T: ElementaryScalar>(
    _ function: ElementaryFunction, _: T.Type, _ format: String, _ libm: ((T) -> T)?
  ) -> Row {
    let isPositive = function == .log || function == .rsqrt
    let operands = (0..<count).map { i -> T in
      let unit = T(RandomWords.word(seed: 1, index: UInt64(i))) * 0x1p-32
      return isPositive ? 8 * unit : 16 * unit - 8
    }
    var results = operands
    return operands.withUnsafeBufferPointer { source in
      results.withUnsafeMutableBufferPointer { target in
        guard let source = source.baseAddress, let target = target.baseAddress else {
          return Row(function: function, format: format, nanoseconds: .nan)
        }
        let own = BenchTimer.seconds {
          T.elementary(function, source, into: target, count: count)
        }
        let other = libm.map { libm in
          BenchTimer.seconds { for i in 0..<count { target[i] = libm(source[i]) } }
        }
        return Row(
          function: function, format: format, nanoseconds: own / Double(count) * 1e9,
          timesLibm: other.map { $0 / own })
      }
    }
  }

  private static func libm(_ function: ElementaryFunction) -> ((Float) -> Float)? {
    switch function {
    case .exp: { Foundation.exp($0) }
    case .log: { Foundation.log($0) }
    case .tanh: { Foundation.tanh($0) }
    case .erf: { Foundation.erf($0) }
    case .sigmoid, .normal, .gelu, .geluTanh, .rsqrt: nil
    }
  }

  private static func libm(_ function: ElementaryFunction) -> ((Double) -> Double)? {
    switch function {
    case .exp: { Foundation.exp($0) }
    case .log: { Foundation.log($0) }
    case .tanh: { Foundation.tanh($0) }
    case .erf: { Foundation.erf($0) }
    case .sigmoid, .normal, .gelu, .geluTanh, .rsqrt: nil
    }
  }
}
