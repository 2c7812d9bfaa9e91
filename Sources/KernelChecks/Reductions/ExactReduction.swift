// SPDX-License-Identifier: Apache-2.0
import Formats

/// The exact value of a sum or a sum of products, as far as results are judged by it.
package struct ExactReduction: Hashable, Sendable {
  /// The Double next to the value, ties to even; the NaN or infinity that it is.
  package let high: Double
  /// The Double next to what `high` leaves: |value - high - low| <= 2^-53 |low| <= 2^-106 |high|.
  package let low: Double
  /// S, the sum of the finite terms' magnitudes, added up in FP64: for n terms within the factors
  /// 1 ± (n + 2) 2^-53.
  package let magnitudes: Double

  init(high: Double, low: Double, magnitudes: Double) {
    (self.high, self.low, self.magnitudes) = (high, low, magnitudes)
  }

  /// value 2^exponent, for at most 2^126.
  init(_ value: Int128, exponent: Int, magnitudes: Double) {
    let leading = LeadingBits(value.magnitude, exponent: exponent)
    // Rounded up it is at most 2^126, as sums are.
    let taken = Int128(leading.significand) &<< Int128(leading.exponent - exponent)
    let rest = Int128(truncatingIfNeeded: value.magnitude) &- taken
    let tail = LeadingBits(rest.magnitude, exponent: exponent)
    let sign: Double = value < 0 ? -1 : 1
    high = sign * leading.double
    low = sign * (rest < 0 ? -tail.double : tail.double)
    self.magnitudes = magnitudes
  }

  /// Whether the value is a number.
  package var isFinite: Bool { high.isFinite }

  /// floor(log2 |value|); nil where it is zero.
  package var leadingExponent: Int? {
    guard high != 0 else { return nil }
    let exponent = Int(high.exponent)
    // The power of two may be what the value was rounded up to.
    let isAbove = high.significand == 1 && low != 0 && (low < 0) != (high < 0)
    return isAbove ? exponent - 1 : exponent
  }

  /// |y - value| of a number y; 0 of the infinity or the NaN that the value is, infinite of another
  /// special.
  func distance(of y: Double) -> Double {
    guard y.isFinite, isFinite else {
      return y == high || y.isNaN && high.isNaN ? 0 : .infinity
    }
    return ((y - high) - low).magnitude
  }

  /// The encoding next to the value, ties to even, an overflow as in IEEE 754-2019, clause 7.4; nil
  /// of a NaN where the format has none.
  package func rounded(to format: Format) -> UInt32? {
    guard !high.isNaN else { return format.canonicalNaN }
    let isNegative = high.sign == .minus
    let sign = isNegative ? format.signMask : 0
    let beyond = sign | (format.infinity ?? format.canonicalNaN ?? format.largestFinite)
    guard high.isFinite else { return beyond }
    guard high != 0 else { return sign }
    let exponent = max(Int(high.exponent), format.minExponent) - format.fractionBits
    guard exponent <= format.maxExponent else { return beyond }
    let scaled = high.magnitude * ExactAccumulator.double(1, -exponent)
    let whole = scaled.rounded(.down)
    let fraction = scaled - whole
    let rest = isNegative ? -low : low
    let isOdd = whole.truncatingRemainder(dividingBy: 2) == 1
    let isUp = fraction > 0.5 || (fraction == 0.5 && (rest > 0 || (rest == 0 && isOdd)))
    return format.encode(
      isNegative: isNegative, significand: UInt64(whole) + (isUp ? 1 : 0), exponent: exponent)
      ?? beyond
  }
}
