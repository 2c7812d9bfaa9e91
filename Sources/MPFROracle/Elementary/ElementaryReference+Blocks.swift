// SPDX-License-Identifier: Apache-2.0
import Formats

extension ElementaryReference {
  /// The number of neighbouring FP32 encodings that one polynomial covers: none of them leaves a
  /// binade.
  package static let blockSize = 4096
  /// How far, in ulp of FP32, an interpolated value may be from the exact one.
  package static let tolerance = 0x1p-13

  /// Seven Chebyshev-Lobatto points of a block.
  private static let nodes = [0, 274, 1024, 2048, 3071, 3821, 4095]

  /// Beyond ±2^129 every result is infinite, within ±2^-170 every one is zero.
  private static let huge = 0x1p129
  private static let tiny = 0x1p-170

  /// The function at the FP32 encodings from `start` on, by the polynomial through MPFR's values at
  /// seven of them; false, with `values` unspecified, where that is not known to be within
  /// `tolerance`.
  ///
  /// A block spans 2^-11 of its binade, on which the functions are analytic. An eighth value, at a
  /// point that `start` picks, must agree to an eighth of the tolerance; that the error is nowhere
  /// above the tolerance then is an assumption, which the tests sample. Blocks with infinities,
  /// NaNs or a change of sign fail.
  ///
  /// - Parameter start: A multiple of `blockSize`.
  package func interpolate(from start: UInt32, into values: UnsafeMutablePointer<Double>) -> Bool {
    let exact = ElementaryReference.nodes.map { value(at: start + UInt32($0)) }
    if let constant = common(exact) {
      values.update(repeating: constant, count: ElementaryReference.blockSize)
      return true
    }
    guard exact.allSatisfy(\.isFinite) else { return false }

    let t = ElementaryReference.nodes.map { Double($0) * ElementaryReference.step }
    var c = exact
    for order in 1..<c.count {
      for i in stride(from: c.count - 1, through: order, by: -1) {
        c[i] = (c[i] - c[i - 1]) / (t[i] - t[i - order])
      }
    }
    let newton = Newton(t: t, c: c)
    for i in 0..<ElementaryReference.blockSize {
      values[i] = newton(Double(i) * ElementaryReference.step)
    }
    let witness = Int((start &* 0x9e37_79b1) >> 20)
    let expected = value(at: start + UInt32(witness))
    let unit = Format.fp32.ulp(at: expected)
    return (values[witness] - expected).magnitude <= ElementaryReference.tolerance / 8 * unit
  }

  private static let step = 1 / Double(blockSize)

  /// The exact value at an FP32 encoding, rounded to FP64.
  private func value(at encoding: UInt32) -> Double {
    narrow.compute(function, Format.fp32.value(UInt64(encoding)))
    return narrow.double
  }

  /// What stands for all values of a block: NaN, an infinity, or a number that rounds to zero.
  private func common(_ values: [Double]) -> Double? {
    if values.allSatisfy(\.isNaN) { return .nan }
    guard let first = values.first, values.allSatisfy({ $0.sign == first.sign }) else { return nil }
    if values.allSatisfy({ $0.magnitude >= ElementaryReference.huge }) {
      return first < 0 ? -.infinity : .infinity
    }
    if values.allSatisfy({ $0.magnitude <= ElementaryReference.tiny }) {
      return Double(signOf: first, magnitudeOf: ElementaryReference.tiny)
    }
    return nil
  }
}

/// Newton's form of the polynomial through seven points.
private struct Newton {
  let t: (Double, Double, Double, Double, Double, Double)
  let c: (Double, Double, Double, Double, Double, Double, Double)

  init(t: [Double], c: [Double]) {
    self.t = (t[0], t[1], t[2], t[3], t[4], t[5])
    self.c = (c[0], c[1], c[2], c[3], c[4], c[5], c[6])
  }

  @inline(__always)
  func callAsFunction(_ x: Double) -> Double {
    var sum = c.6
    sum = sum * (x - t.5) + c.5
    sum = sum * (x - t.4) + c.4
    sum = sum * (x - t.3) + c.3
    sum = sum * (x - t.2) + c.2
    sum = sum * (x - t.1) + c.1
    return sum * (x - t.0) + c.0
  }
}

extension Format {
  /// The unit in the last place at a finite number, that of the subnormal numbers below 2^emin.
  fileprivate func ulp(at x: Double) -> Double {
    let exponent = x == 0 ? minExponent : max(Int(x.exponent), minExponent)
    return Double(sign: .plus, exponent: exponent - fractionBits, significand: 1)
  }
}
