// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import Words

/// A format of an explanation's values: one of `Format`'s, or FP64, whose encodings have 64 bits.
package enum ValueFormat: Hashable, CustomStringConvertible {
  case narrow(Format)
  case fp64

  init(_ format: Format) { self = .narrow(format) }

  /// The format of an id, `fp64` besides those of `Format`.
  package init?(id: String) {
    if id.lowercased() == "fp64" {
      self = .fp64
    } else if let format = Format(id: id) {
      self = .narrow(format)
    } else {
      return nil
    }
  }

  /// The ids to suggest.
  package static let ids = Format.named.map(\.id) + ["fp64"]

  /// The constants that are no encodings; FP64's encodings would not fit into `Format`'s.
  var constants: Format {
    switch self {
    case .narrow(let format): format
    case .fp64: Oracle.binary64
    }
  }

  package var id: String {
    switch self {
    case .narrow(let format): format.id
    case .fp64: "fp64"
    }
  }

  package var description: String { id }
  var precision: Int { constants.precision }
  package var fractionBits: Int { constants.fractionBits }
  var minExponent: Int { constants.minExponent }
  var maxExponent: Int { constants.maxExponent }
  var minUlpExponent: Int { constants.minUlpExponent }
  package var hasZero: Bool { constants.hasZero }
  var hasNaN: Bool { constants.hasNaN }
  package var hasInfinity: Bool { constants.hasInfinity }
  var isSigned: Bool { constants.isSigned }

  // MARK: Encodings

  var signMask: UInt64 {
    switch self {
    case .narrow(let format): UInt64(format.signMask)
    case .fp64: 1 << 63
    }
  }

  var largestFinite: UInt64 {
    switch self {
    case .narrow(let format): UInt64(format.largestFinite)
    case .fp64: Double.greatestFiniteMagnitude.bitPattern
    }
  }

  var infinity: UInt64? {
    switch self {
    case .narrow(let format): format.infinity.map(UInt64.init)
    case .fp64: Double.infinity.bitPattern
    }
  }

  package func isNaN(_ bits: UInt64) -> Bool { decode(bits).isNaN }

  /// The encoding of the least number above, as `Format.nextUp` defines it.
  func nextUp(_ bits: UInt64) -> UInt64 {
    switch self {
    case .narrow(let format): UInt64(format.nextUp(UInt32(truncatingIfNeeded: bits)))
    case .fp64: Double(bitPattern: bits).nextUp.bitPattern
    }
  }

  /// The encoding of the greatest number below.
  func nextDown(_ bits: UInt64) -> UInt64 {
    switch self {
    case .narrow(let format): UInt64(format.nextDown(UInt32(truncatingIfNeeded: bits)))
    case .fp64: Double(bitPattern: bits).nextDown.bitPattern
    }
  }

  /// What an encoding stands for.
  package struct Parts: Equatable {
    var isNegative: Bool
    package var isNaN = false
    package var isInfinite = false
    var isSubnormal = false
    /// The integral significand of a finite number.
    var significand: UInt64 = 0
    /// The exponent of the significand's last bit.
    var exponent = 0
    package var isFinite: Bool { !isNaN && !isInfinite }
    var isZero: Bool { isFinite && significand == 0 }
  }

  package func decode(_ bits: UInt64) -> Parts {
    switch self {
    case .narrow(let format):
      let parts = format.decode(UInt32(truncatingIfNeeded: bits))
      return Parts(
        isNegative: parts.isNegative, isNaN: parts.isNaN, isInfinite: parts.isInfinite,
        isSubnormal: parts.classification == .positiveSubnormal
          || parts.classification == .negativeSubnormal,
        significand: UInt64(parts.significand), exponent: parts.exponent)
    case .fp64:
      let x = Double(bitPattern: bits)
      let isNegative = x.sign == .minus
      if x.isNaN { return Parts(isNegative: isNegative, isNaN: true) }
      if x.isInfinite { return Parts(isNegative: isNegative, isInfinite: true) }
      let field = Int(x.exponentBitPattern)
      let hidden: UInt64 = field == 0 ? 0 : 1 << UInt64(fractionBits)
      return Parts(
        isNegative: isNegative, isSubnormal: x.isSubnormal,
        significand: hidden | x.significandBitPattern,
        exponent: max(field, 1) - constants.bias - fractionBits)
    }
  }

  /// The encoding of (-1)^s significand 2^exponent, nil where the format does not hold the number
  /// exactly; a zero needs a format with zeros.
  func encode(isNegative: Bool, significand: UInt64, exponent: Int) -> UInt64? {
    switch self {
    case .narrow(let format):
      return format.encode(isNegative: isNegative, significand: significand, exponent: exponent)
        .map(UInt64.init)
    case .fp64:
      let width = UInt64.bitWidth - significand.leadingZeroBitCount
      let odd = significand == 0 ? 0 : significand >> UInt64(significand.trailingZeroBitCount)
      let last = exponent + significand.trailingZeroBitCount
      guard significand != 0 else { return isNegative ? signMask : 0 }
      guard UInt64.bitWidth - odd.leadingZeroBitCount <= precision,
        last >= minUlpExponent, exponent + width - 1 <= maxExponent
      else { return nil }
      let magnitude = Double(sign: .plus, exponent: last, significand: Double(odd))
      return magnitude.bitPattern | (isNegative ? signMask : 0)
    }
  }
}

// MARK: - Text

extension ValueFormat {
  /// The encoding in hexadecimal with all its digits.
  package func encodingText(_ bits: UInt64) -> String {
    switch self {
    case .narrow(let format): format.encodingText(UInt32(truncatingIfNeeded: bits))
    case .fp64: "0x" + String(bits, radix: 16).padding(to: 16, onTheLeftWith: "0")
    }
  }

  /// The encoding in binary, fields apart.
  func fieldsText(_ bits: UInt64) -> String {
    guard case .narrow(let format) = self else {
      let digits = String(bits, radix: 2).padding(to: 64, onTheLeftWith: "0")
      return "\(digits.prefix(1)) \(digits.dropFirst().prefix(11)) \(digits.dropFirst(12))"
    }
    return format.fieldsText(UInt32(truncatingIfNeeded: bits))
  }

  /// The exact value in C99's hexadecimal form, as `Format.hexText` writes it.
  func hexText(_ bits: UInt64) -> String {
    guard case .narrow(let format) = self else { return binary64HexText(bits) }
    return format.hexText(UInt32(truncatingIfNeeded: bits))
  }

  private func binary64HexText(_ bits: UInt64) -> String {
    let parts = decode(bits)
    guard parts.isFinite else { return specialText(bits) }
    let sign = parts.isNegative ? "-" : ""
    guard !parts.isZero else { return sign + "0x0p+0" }
    let shift = parts.significand.leadingZeroBitCount
    let exponent = parts.exponent + UInt64.bitWidth - 1 - shift
    let fraction = (parts.significand << UInt64(shift)) << 1
    let digits = String(fraction, radix: 16).padding(to: 16, onTheLeftWith: "0")
      .trimming(trailing: "0")
    let point = digits.isEmpty ? "" : "." + digits
    return "\(sign)0x1\(point)p\(exponent < 0 ? "-" : "+")\(abs(exponent))"
  }

  /// `inf`, `nan`, `snan` of FP64, a NaN other than the canonical one with its payload.
  private func specialText(_ bits: UInt64) -> String {
    let x = Double(bitPattern: bits)
    let sign = x.sign == .minus ? "-" : ""
    guard x.isNaN else { return sign + "inf" }
    let payload = x.significandBitPattern & ~(1 << 51)
    let name = x.isSignalingNaN ? "snan" : "nan"
    return sign + name + (payload == 0 ? "" : "(0x\(String(payload, radix: 16)))")
  }

  /// Every digit of the exact value, in the shorter of two notations.
  func exactText(_ bits: UInt64) -> String {
    if case .narrow(let format) = self {
      return format.exactText(UInt32(truncatingIfNeeded: bits))
    }
    let parts = decode(bits)
    guard parts.isFinite else { return specialText(bits) }
    guard !parts.isZero else { return parts.isNegative ? "-0" : "0" }
    return BigDyadic(parts.isNegative, BigNatural(parts.significand), parts.exponent).exact.decimal
  }

  /// The length of the longest hex-float text of a number.
  package var widestHexText: Int {
    let widestFraction = (UInt64(1) << UInt64(fractionBits)) - 1
    let smallest = hasZero ? UInt64(1) << UInt64(fractionBits) : 0
    return [largestFinite, smallest | widestFraction].map { hexText($0 | signMask).count }.max()
      ?? 0
  }
}
