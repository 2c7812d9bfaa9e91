// SPDX-License-Identifier: Apache-2.0
import Formats

/// Rounding of a Double to a format, to the nearest with ties to even, by scaling the quantum to
/// one: the step "then one rounding" of the shortcuts through wider formats.
///
/// Independent of SoftFloat, so that a shortcut is not tested with the code it stands for.
struct ShortcutRounding: Sendable {
  private let format: Format
  private let smallest: Double
  private let threshold: Double
  private let signShift: UInt64

  /// The rounding to a signed format with NaNs.
  init(_ format: Format) {
    self.format = format
    smallest = Double(sign: .plus, exponent: format.minExponent, significand: 1)
    let last = FiniteValue(encoding: UInt64(format.largestFinite), format: format)
    threshold = Double(
      sign: .plus, exponent: last.exponent, significand: Double(last.significand))
    signShift = UInt64(format.exponentBits + format.fractionBits)
  }

  /// The encoding of the number nearest a value; an overflow gives infinity, or NaN where there is
  /// none.
  @inline(__always)
  func encoding(_ value: Double) -> UInt64 {
    let sign = (value.bitPattern &>> 63) &<< signShift
    let magnitude = value.magnitude
    if magnitude.isNaN { return UInt64(format.canonicalNaN ?? format.largestFinite) }
    let binade =
      magnitude < smallest ? format.minExponent : Int(magnitude.bitPattern &>> 52) &- 1023
    guard binade <= format.maxExponent &+ 1 else { return sign | overflowed }
    let quantum = binade &- format.fractionBits
    // Powers of two scale exactly: nothing here is near the ends of Double's range.
    let scaled = magnitude * Double(bitPattern: UInt64(1023 &- quantum) &<< 52)
    let units = UInt64(scaled.rounded(.toNearestOrEven))
    let encoding = units &+ UInt64(binade &- format.minExponent) &<< UInt64(format.fractionBits)
    return sign | (encoding > UInt64(format.largestFinite) ? overflowed : encoding)
  }

  private var overflowed: UInt64 {
    UInt64(format.infinity ?? format.canonicalNaN ?? format.largestFinite)
  }

  /// The value of an encoding.
  @inline(__always)
  func value(_ encoding: UInt64) -> Double {
    let magnitude = encoding & UInt64(format.magnitudeMask)
    let field = Int(magnitude &>> UInt64(format.fractionBits))
    let fraction = magnitude & UInt64(format.fractionMask)
    let negative = encoding & UInt64(format.signMask) != 0
    let value: Double
    if let infinity = format.infinity, magnitude >= UInt64(infinity) {
      value = fraction == 0 ? .infinity : .nan
    } else if format.specials == .nanOnly, magnitude == UInt64(format.magnitudeMask) {
      value = .nan
    } else {
      let significand = field == 0 ? fraction : fraction | 1 &<< UInt64(format.fractionBits)
      let exponent = max(field, 1) &- format.bias &- format.fractionBits
      value = Double(significand) * Double(bitPattern: UInt64(1023 &+ exponent) &<< 52)
    }
    return negative ? -value : value
  }
}
