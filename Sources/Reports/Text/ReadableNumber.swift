// SPDX-License-Identifier: Apache-2.0
import Formats

/// Numbers as text, the same on every system: no locale, no printf.
package enum ReadableNumber {
  /// The typographic minus, U+2212, for text that people read; machines get a hyphen.
  static let minus = "\u{2212}"
  /// The most fraction digits `fixed` writes: beyond these a Double has no exact decimal scaling.
  static let mostFractionDigits = 15

  /// `x` rounded to `digits` fraction digits, ties away from zero, with a hyphen as minus and
  /// without a sign on zero; `nan`, `inf` or `-inf` for the others.
  package static func fixed(_ x: Double, digits: Int) -> String {
    guard x.isFinite else { return x.isNaN ? "nan" : x < 0 ? "-inf" : "inf" }
    let digits = min(max(digits, 0), mostFractionDigits)
    let power = (0..<digits).reduce(1.0) { product, _ in product * 10 }
    let scaled = (x.magnitude * power).rounded()
    // Above 2^63 the scaled value has no fraction left and no integer type to hold it.
    guard scaled < 0x1p63 else { return "\(x)" }
    let integer = UInt64(scaled)
    let whole = integer / UInt64(power)
    let sign = x < 0 && integer != 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(whole)" }
    let fraction = String(integer % UInt64(power))
    return "\(sign)\(whole).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
  }

  /// `fixed` without the zeros at the end of its fraction.
  package static func trimmed(_ x: Double, digits: Int) -> String {
    var text = fixed(x, digits: digits)
    guard text.contains("."), !text.contains("e") else { return text }
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }

  /// The significand in [1, 10) and the decimal exponent of |x| rounded to `digits` significant
  /// digits; nil for zero and the non-finite.
  static func decimal(_ x: Double, digits: Int) -> (significand: Double, exponent: Int)? {
    guard x.isFinite, x != 0 else { return nil }
    // Swift prints the shortest digits that read back as x, so its exponent is exact.
    let text = "\(x.magnitude)"
    let parts = text.split(separator: "e")
    var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    var fraction = Double(parts[0]) ?? 0
    while fraction >= 10 {
      fraction /= 10
      exponent += 1
    }
    while fraction < 1 {
      fraction *= 10
      exponent -= 1
    }
    let power = (1..<max(digits, 1)).reduce(1.0) { product, _ in product * 10 }
    var significand = (fraction * power).rounded() / power
    if significand >= 10 {
      significand /= 10
      exponent += 1
    }
    return (significand, exponent)
  }

  /// The decimal exponents of numbers that are written without a power of ten.
  static let plainExponents = -3..<6

  /// x 10^exponent, also where the power itself is beyond a Double.
  static func scaled(_ x: Double, byPowerOfTen exponent: Int) -> Double {
    let half = exponent / 2
    return x * Powers.power(10, half) * Powers.power(10, exponent - half)
  }

  /// `x` with `digits` significant digits: plain from 10^-3 to 10^6, otherwise `1.23e-05`.
  package static func significant(_ x: Double, digits: Int = 3) -> String {
    guard let (significand, exponent) = decimal(x, digits: digits) else {
      return fixed(x, digits: 0)
    }
    guard plainExponents.contains(exponent) else {
      let sign = x < 0 ? "-" : ""
      let power = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
      return "\(sign)\(fixed(significand, digits: digits - 1))e\(exponent < 0 ? "-" : "+")\(power)"
    }
    return fixed(x, digits: max(0, digits - 1 - exponent))
  }

  /// `x` rounded to `digits` significant digits, without an exponent below 10^15: `280,000`.
  package static func rounded(_ x: Double, digits: Int) -> String {
    guard x >= 1000, x < 1e15, let (significand, exponent) = decimal(x, digits: digits) else {
      return significant(x, digits: digits)
    }
    return grouped(UInt64((significand * Powers.power(10, exponent)).rounded()))
  }

  /// The integer with a comma before each group of three digits.
  package static func grouped(_ x: UInt64) -> String { x.groupedDigits }

  /// The share `x` as a percentage with `digits` significant digits, such as `12.5 %`.
  package static func percent(_ x: Double, digits: Int = 3) -> String {
    guard x.isFinite else { return significant(x) }
    return "\(significant(x * 100, digits: digits))\u{a0}%"
  }
}
