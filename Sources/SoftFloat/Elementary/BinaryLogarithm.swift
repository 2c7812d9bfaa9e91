// SPDX-License-Identifier: Apache-2.0

/// The split x = 2^k m with √½ <= m < √2, on the integers of the encoding.
enum BinaryLogarithm {
  @inline(__always) private static var fractionBits: UInt64 { 52 }
  /// The encoding of the number next to √½ with the exponent's bits apart.
  @inline(__always) private static var squareRootOfHalf: UInt64 { 0x3fe6_a09e_667f_3bcd }

  /// k and m of a positive normal number; of any other encoding something finite.
  @inline(__always)
  static func parts(_ x: Double) -> (k: Double, m: Double) {
    let offset = x.bitPattern &- squareRootOfHalf
    let k = Int64(bitPattern: offset) >> Int64(fractionBits)
    let m = Double(bitPattern: x.bitPattern &- UInt64(bitPattern: k) << fractionBits)
    // Int64 to Double is one instruction on few processors, its bits in a large number on all.
    let integers = 0x1.8p52
    return (Double(bitPattern: integers.bitPattern &+ UInt64(bitPattern: k)) - integers, m)
  }
}
