// SPDX-License-Identifier: Apache-2.0
import Formats

/// A term of a probe, as the kernel is given it: x, or x y.
struct ProbeTerm: Hashable, Sendable {
  var x: UInt32
  /// One where terms are no products.
  var y: UInt32
}

extension SumProbe {
  /// A term that is zero.
  var zero: ProbeTerm { ProbeTerm(x: 0, y: input.one) }

  /// The exponents of the least and the largest power of two that is a term; no further than tests
  /// need to go, since what lies beyond would only cost probes.
  var exponents: ClosedRange<Int> {
    let factors = hasProducts && !sharesFactors ? 2 : 1
    let furthest = 100
    let least = max(-furthest, factors * input.minUlpExponent)
    return least...max(least, min(furthest, factors * input.maxExponent))
  }

  /// The term of a value: where it is a product, of the value and 1, or else of two factors that are
  /// about as large; nil where no term is it exactly.
  func term(_ value: Double) -> ProbeTerm? {
    guard value != 0 else { return zero }
    if let x = encoding(value), !hasProducts || sharesFactors || isNormal(x) {
      return ProbeTerm(x: x, y: input.one)
    }
    guard hasProducts, !sharesFactors else { return nil }
    let power = Double(sign: .plus, exponent: Int(value.exponent) / 2, significand: 1)
    guard let x = encoding(value / power), let y = encoding(power) else { return nil }
    return ProbeTerm(x: x, y: y)
  }

  /// The encoding of a value in the input format, nil where it has none.
  func encoding(_ value: Double) -> UInt32? {
    guard value.isFinite, value != 0 else { return value == 0 ? 0 : nil }
    let exponent = Int(value.exponent) - Double.significandBitCount
    let significand = UInt64(
      Double(sign: .plus, exponent: -exponent, significand: value.magnitude))
    return input.encode(isNegative: value < 0, significand: significand, exponent: exponent)
  }

  private func isNormal(_ x: UInt32) -> Bool { input.exponentField(x) != 0 }
}

extension Double {
  /// 2^exponent.
  static func power(_ exponent: Int) -> Double {
    Double(sign: .plus, exponent: exponent, significand: 1)
  }
}
