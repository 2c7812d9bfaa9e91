// SPDX-License-Identifier: Apache-2.0
import Formats

/// CDNA2's sums: FP32 operations without subnormal numbers. Operands that are flushed become +0,
/// results keep their sign, as MMA-Sim's (`ftz_mul_add`), whose authors compared it with MI250.
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
    func result(_ x: Float) -> Float { x.isSubnormal ? Float(signOf: x, magnitudeOf: 0) : x }
    func product(_ k: Int) -> Float {
      result(flushed(x(k), below: smallest.0) * flushed(y(k), below: smallest.1))
    }
    func pair(_ k: Int) -> Float { result(product(k) + product(k + 1)) }
    let sum = terms == 2 ? pair(0) : result(pair(0) + pair(2))
    return result(flushed(c, below: .leastNormalMagnitude) + sum)
  }
}
