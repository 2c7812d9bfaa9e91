// SPDX-License-Identifier: Apache-2.0

extension Format {
  /// The exact value in C99's hexadecimal form (ISO C, 7.21.6.1): `-0x1.8p-3`, `0x0p+0`, `inf`,
  /// `-nan`.
  ///
  /// Subnormals are normalised, `0x1p-24` and not `0x0.001p-14`: the text of a number is then the
  /// same in every format that holds it. NaNs are written as `nanText` does.
  public func hexText(_ bits: UInt32) -> String {
    let parts = decode(bits)
    guard parts.isFinite else { return specialText(bits) }
    let sign = parts.isNegative ? "-" : ""
    guard !parts.isZero else { return sign + "0x0p+0" }
    let width = UInt32.bitWidth - parts.significand.leadingZeroBitCount
    let exponent = parts.exponent + width - 1
    // The fraction, left-aligned in 32 bits: the hidden one moves out.
    let fraction = width > 1 ? parts.significand << UInt32(33 - width) : 0
    var digits = String(fraction, radix: 16)
    digits = String(repeating: "0", count: 8 - digits.count) + digits
    while digits.last == "0" { digits.removeLast() }
    let point = digits.isEmpty ? "" : "." + digits
    return "\(sign)0x1\(point)p\(exponent < 0 ? "-" : "+")\(abs(exponent))"
  }

  /// `inf`, `nan`, `snan`, with the sign of a negative one. A NaN other than the canonical one
  /// carries its payload, the fraction without the quiet bit: `nan(0x1)`. A signaling one always
  /// carries it.
  func specialText(_ bits: UInt32) -> String {
    let parts = decode(bits)
    let sign = parts.isNegative ? "-" : ""
    guard parts.isNaN else { return sign + "inf" }
    let payload = specials == .ieee ? parts.significand & ~quietBit : 0
    let name = parts.classification == .signalingNaN ? "snan" : "nan"
    return sign + name + (payload == 0 ? "" : "(0x\(String(payload, radix: 16)))")
  }
}
