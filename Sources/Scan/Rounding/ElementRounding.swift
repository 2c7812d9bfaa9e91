// SPDX-License-Identifier: Apache-2.0
import Formats

/// Rounding of magnitudes to nearest even in a format of at most 22 fraction bits, without branches
/// and beyond the format's largest number to that number. Magnitudes are encodings of FP32.
///
/// Of a format with FP32's exponents the dropped bits are rounded as an integer, whose carry moves
/// into the exponent. Otherwise C = 2^(max(e, emin) + 23 - f), e the element's exponent and f the
/// format's fraction bits, has the format's unit as its own ulp: (x + C) - C is x rounded to a
/// multiple of that unit, ties to the even multiple, since the multiple that C is itself is even.
struct ElementRounding: Sendable {
  /// The encoding of 2^emin.
  let smallestNormal: UInt32
  /// The encoding of Ω.
  let largest: UInt32
  /// The encoding of Ω + ulp(Ω)/2, from which nearest even overflows.
  let overflowBound: UInt32
  /// 23 - f in the place of the exponent.
  private let shift: UInt32
  /// The bits that are dropped from a format with FP32's exponents; 0 of another one.
  let droppedBits: UInt32

  private static let fractionBits = Format.fp32.fractionBits
  private static let exponentMask: UInt32 = 0x7f80_0000
  static let magnitudeMask: UInt32 = 0x7fff_ffff
  static let signBit: UInt32 = 31

  /// The rounding to a format.
  ///
  /// - Precondition: fewer fraction bits than FP32's, and zeros.
  init(_ format: Format) {
    precondition(format.fractionBits < Self.fractionBits && format.hasZero)
    smallestNormal = UInt32(format.minExponent + Format.fp32.bias) << UInt32(Self.fractionBits)
    let decoded = format.decode(format.largestFinite)
    let significand = Float(decoded.significand)
    largest =
      Float(sign: .plus, exponent: decoded.exponent, significand: significand).bitPattern
    overflowBound =
      Float(sign: .plus, exponent: decoded.exponent - 1, significand: 2 * significand + 1)
      .bitPattern
    let dropped = UInt32(Self.fractionBits - format.fractionBits)
    let isWide = format.exponentBits == Format.fp32.exponentBits
    droppedBits = isWide ? dropped : 0
    shift = isWide ? 0 : dropped << UInt32(Self.fractionBits)
  }

  /// The encoding of a magnitude rounded, of a format with fewer exponents than FP32.
  @inline(__always)
  func roundedNarrow(_ magnitude: UInt32) -> UInt32 {
    let x = min(magnitude, largest)
    let c = Float(bitPattern: max(x & Self.exponentMask, smallestNormal) &+ shift)
    return ((Float(bitPattern: x) + c) - c).bitPattern
  }

  /// The encoding of a magnitude rounded, of a format with FP32's exponents.
  @inline(__always)
  func roundedWide(_ magnitude: UInt32) -> UInt32 {
    let x = min(magnitude, largest)
    let half = (UInt32(1) &<< (droppedBits &- 1)) &- 1
    return (x &+ half &+ ((x &>> droppedBits) & 1)) & ~((UInt32(1) &<< droppedBits) &- 1)
  }

  /// The encoding of a magnitude rounded.
  func rounded(_ magnitude: UInt32) -> UInt32 {
    droppedBits > 0 ? roundedWide(magnitude) : roundedNarrow(magnitude)
  }
}
