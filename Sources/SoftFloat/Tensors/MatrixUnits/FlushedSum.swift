// SPDX-License-Identifier: Apache-2.0
import Formats

/// CDNA2's sums: FP32 operations without subnormal numbers.
enum FlushedSum {
  /// x, or +0 where it lies below the smallest normal number of a format.
  @inline(__always)
  static func flushed(_ x: Float, below smallest: Float) -> Float {
    x.magnitude < smallest ? 0 : x
  }

  /// The smallest normal number of a format.
  static func smallest(_ format: Format) -> Float {
    Float(sign: .plus, exponent: format.minExponent, significand: 1)
  }

  /// c + ((m0 + m1) + (m2 + m3)), or c + (m0 + m1) of two terms.
  ///
  /// - Parameters:
  ///   - x: the operands by their number, as y.
  ///   - smallest: the smallest normal numbers of their formats.
  @inline(__always)
  static func dotAdd(
    _ terms: Int, _ x: (Int) -> Float, _ y: (Int) -> Float, _ c: Float, smallest: (Float, Float)
  ) -> Float {
    func read(_ x: Float) -> Float { flushed(x, below: .leastNormalMagnitude) }
    func product(_ k: Int) -> Float {
      read(flushed(x(k), below: smallest.0) * flushed(y(k), below: smallest.1))
    }
    func pair(_ k: Int) -> Float { read(product(k) + product(k + 1)) }
    return read(read(c) + (terms == 2 ? pair(0) : read(pair(0) + pair(2))))
  }
}
