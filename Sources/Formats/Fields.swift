// SPDX-License-Identifier: Apache-2.0

extension Format {
  /// The exponent field of an encoding, biased.
  public func exponentField(_ bits: UInt32) -> UInt32 {
    (bits & magnitudeMask) >> UInt32(fractionBits)
  }

  /// The fraction field of an encoding.
  public func fractionField(_ bits: UInt32) -> UInt32 { bits & fractionMask }

  /// Whether an encoding stands for a NaN.
  public func isNaN(_ bits: UInt32) -> Bool {
    let magnitude = bits & magnitudeMask
    switch specials {
    case .ieee: return magnitude > (magnitudeMask & ~fractionMask)
    case .nanOnly, .scale: return magnitude == magnitudeMask
    case .finite: return false
    }
  }

  /// The class of the datum of an encoding (IEEE 754-2019, clause 5.7.2).
  public func classification(of bits: UInt32) -> FloatingPointClassification {
    decode(bits).classification
  }

  /// The encoding in binary, fields apart: `0 01111 1000000000` is fp16's 1.5.
  public func fieldsText(_ bits: UInt32) -> String {
    let sign = isSigned ? [bits & signMask == 0 ? "0" : "1"] : []
    let exponent = Format.digits(exponentField(bits), radix: 2, width: exponentBits)
    let fraction = Format.digits(fractionField(bits), radix: 2, width: fractionBits)
    return (sign + [exponent] + (fractionBits > 0 ? [fraction] : [])).joined(separator: " ")
  }

  /// The encoding in hexadecimal with all its digits: `0x3e00`, `0x7e`.
  public func encodingText(_ bits: UInt32) -> String {
    "0x" + Format.digits(bits, radix: 16, width: (bitWidth + 3) / 4)
  }

  private static func digits(_ value: UInt32, radix: Int, width: Int) -> String {
    let digits = String(value, radix: radix)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
