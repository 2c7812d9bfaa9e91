// SPDX-License-Identifier: Apache-2.0
import Formats

extension ExactReal {
  /// What an exact value is made of, so that distances from it need not come from its first digits.
  enum Source: Equatable {
    /// numerator / denominator x 2^exponent.
    case ratio(BigNatural, over: BigNatural, exponent: Int)
    /// The irrational square root of radicand x 2^exponent.
    case root(of: BigNatural, exponent: Int)
    /// Between natural x 2^exponent and (natural + 1) x 2^exponent in magnitude, with more bits
    /// than distances from a format's numbers take.
    case above(BigNatural, exponent: Int)
    /// A number of which only the first bits are known: one beyond 2^1000 or below 2^-1000.
    case firstBits
  }

  /// number - value in units of 2^unit, to nearest even; of a value below 2^-1000 only that there
  /// is a distance. Nothing but the value itself is at distance 0, and a distance that is no
  /// multiple of half a unit stays on its side of one that a Double does not tell it from.
  package func error(of number: BigDyadic, inUnitsOf unit: Int) -> Double {
    switch source {
    case .ratio(let numerator, let denominator, let exponent):
      let scaled = BigDyadic(number.isNegative, number.significand * denominator, number.exponent)
      let difference = scaled + BigDyadic(!isNegative, numerator, exponent)
      return Self.double(
        difference.isNegative,
        TruncatedSignificand(
          difference.significand, over: denominator, exponent: difference.exponent - unit))
    case .root(let radicand, let exponent):
      // A root of p bits is at least 2^-2p away from a number of p bits: these are bits enough.
      let shift = 8 * UInt64.bitWidth + (exponent & 1)
      let root = (radicand << shift).squareRoot
      return error(of: number, above: root, exponent: (exponent - shift) / 2, inUnitsOf: unit)
    case .above(let natural, let exponent):
      return error(of: number, above: natural, exponent: exponent, inUnitsOf: unit)
    case .firstBits:
      let magnitude = TruncatedSignificand(number.significand, exponent: number.exponent - unit)
      let whole = Self.double(number.isNegative, magnitude)
      return isNegative ? whole.nextUp : whole.nextDown
    }
  }

  /// number - value of a value between natural x 2^exponent and the next integer, in magnitude.
  private func error(
    of number: BigDyadic, above natural: BigNatural, exponent: Int, inUnitsOf unit: Int
  ) -> Double {
    let towardInfinity = isNegative ? number.negated : number
    let difference = towardInfinity + BigDyadic(true, natural, exponent)
    let isAbove = !difference.isNegative && !difference.significand.isZero
    let magnitude = isAbove ? difference.significand - BigNatural(1) : difference.significand
    return Self.double(
      isAbove == isNegative,
      TruncatedSignificand(magnitude, exponent: difference.exponent - unit, hasMore: true))
  }

  /// The first bits of a finite number as text, nil beyond 2^1100 or below 2^-1200.
  static func wideMagnitude(ofFinite text: String) -> TruncatedSignificand? {
    let digits = text.lowercased().drop { $0 == "-" || $0 == "+" }
    let isHexadecimal = digits.hasPrefix("0x")
    let parts = (isHexadecimal ? digits.dropFirst(2) : digits)
      .split(separator: isHexadecimal ? "p" : "e")
    let exponent = parts.count > 1 ? Int(parts[1]) : 0
    let mantissa = parts[0].drop { $0 == "0" }
    let integral = mantissa.prefix { $0 != "." }
    let leading =
      integral.isEmpty ? -mantissa.dropFirst().prefix { $0 == "0" }.count : integral.count
    let limit = isHexadecimal ? 1100 : 350
    guard let exponent, abs(exponent) < 1 << 20,
      abs(leading * (isHexadecimal ? 4 : 1) + exponent) <= limit,
      case .ratio(let numerator, let denominator, let power) = source(ofFinite: text)
    else { return nil }
    return TruncatedSignificand(numerator, over: denominator, exponent: power)
  }

  /// A truncated number as the nearest Double, never on a multiple of 1/2 that it is not.
  private static func double(_ isNegative: Bool, _ magnitude: TruncatedSignificand) -> Double {
    let excess = UInt64.bitWidth - (Double.significandBitCount + 1)
    let kept = magnitude.significand >> excess
    let rest = magnitude.significand - kept << excess
    let half: UInt64 = 1 << (excess - 1)
    let isUp = rest > half || rest == half && (magnitude.hasMore || kept & 1 == 1)
    var value = Double(
      sign: .plus, exponent: magnitude.exponent + excess, significand: Double(kept + (isUp ? 1 : 0))
    )
    if rest != 0 || magnitude.hasMore {
      // Integers are all that Doubles of this size can be.
      let isSmall = value < 1 / Double.ulpOfOne
      if value == 0 {
        value = .leastNonzeroMagnitude
      } else if isSmall, (2 * value).rounded() == 2 * value {
        value = isUp ? value.nextDown : value.nextUp
      }
    }
    return isNegative ? -value : value
  }

  /// The source of a finite number as text, which `NumberText` has read.
  static func source(ofFinite text: String) -> Source {
    let digits = text.lowercased().drop { $0 == "-" || $0 == "+" }
    let isHexadecimal = digits.hasPrefix("0x")
    let parts = (isHexadecimal ? digits.dropFirst(2) : digits)
      .split(separator: isHexadecimal ? "p" : "e")
    let mantissa = parts[0].filter { $0 != "." }.compactMap(\.hexDigitValue)
    let fraction = parts[0].firstIndex(of: ".").map { parts[0][$0...].count - 1 } ?? 0
    // An exponent that no Int holds belongs to a zero, or to a number of which the first bits do.
    let exponent = parts.count > 1 ? Int(parts[1]) : 0
    guard let exponent, mantissa.contains(where: { $0 != 0 }) else {
      return .ratio(BigNatural(), over: BigNatural(1), exponent: 0)
    }
    if isHexadecimal {
      return .ratio(natural(mantissa), over: BigNatural(1), exponent: exponent - 4 * fraction)
    }
    let natural = BigNatural(decimalDigits: mantissa.map { UInt8($0) }[...])
    let scale = exponent - fraction
    return scale >= 0
      ? .ratio(natural * BigNatural.power(10, scale), over: BigNatural(1), exponent: 0)
      : .ratio(natural, over: BigNatural.power(10, -scale), exponent: 0)
  }

  private static func natural(_ hexadecimal: [Int]) -> BigNatural {
    let digitsInWord = UInt64.bitWidth / 4 - 1
    return stride(from: 0, to: hexadecimal.count, by: digitsInWord).reduce(BigNatural()) {
      let digits = hexadecimal[$1..<min($1 + digitsInWord, hexadecimal.count)]
      let word = digits.reduce(UInt64(0)) { $0 << 4 | UInt64($1) }
      return $0 << (4 * digits.count) + BigNatural(word)
    }
  }
}
