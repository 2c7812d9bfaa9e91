// SPDX-License-Identifier: Apache-2.0

/// Which of the non-finite values a format encodes.
public enum Specials: UInt8, Hashable, Sendable, Codable {
  /// Signed infinities and NaNs in the last exponent field (IEEE 754-2019, clause 3.4).
  case ieee
  /// No infinities; one NaN per sign with all bits set, the rest of the last binade is finite
  /// (OCP OFP8, E4M3).
  case nanOnly
  /// Every encoding is a finite number (OCP MX elements).
  case finite
  /// Unsigned powers of two with one NaN, no zero (OCP MX scale, E8M0).
  case scale
}

/// A binary interchange format of at most 32 bits: a handful of constants from which everything
/// else is derived.
///
/// An encoding is held right-aligned in an unsigned integer: sign, exponent field, fraction field.
public struct Format: Hashable, Sendable {
  /// E, the width of the exponent field in bits.
  public let exponentBits: Int
  /// The width of the stored fraction field in bits (p - 1).
  public let fractionBits: Int
  /// The non-finite values of the format.
  public let specials: Specials

  /// The format with the given field widths; the bias is 2^(E-1) - 1 in every format.
  @inlinable
  public init(exponentBits: Int, fractionBits: Int, specials: Specials = .ieee) {
    self.exponentBits = exponentBits
    self.fractionBits = fractionBits
    self.specials = specials
  }
}

// MARK: - Derived constants

extension Format {
  /// p, the number of significand bits with the hidden one.
  @inlinable public var precision: Int { fractionBits + 1 }
  /// The number that the exponent field exceeds the exponent by.
  @inlinable public var bias: Int { (1 << (exponentBits - 1)) - 1 }
  /// The exponent of the smallest normal number.
  @inlinable public var minExponent: Int { isScale ? -bias : 1 - bias }
  /// The exponent of the largest finite number.
  @inlinable public var maxExponent: Int {
    let last = (1 << exponentBits) - 1
    return (hasInfinity || isScale ? last - 1 : last) - bias
  }
  /// The exponent of the smallest positive number's unit: the ulp at and below 2^minExponent.
  @inlinable public var minUlpExponent: Int { minExponent - fractionBits }
  /// Whether the format is a scale: unsigned powers of two.
  @inlinable public var isScale: Bool {
    if case .scale = specials { return true }
    return false
  }
  /// Whether encodings carry a sign bit; only a scale format does not.
  @inlinable public var isSigned: Bool { !isScale }
  /// The number of bits in an encoding.
  @inlinable public var bitWidth: Int { (isSigned ? 1 : 0) + exponentBits + fractionBits }
  /// The number of encodings, 2^bitWidth.
  @inlinable public var encodingCount: UInt64 { 1 << UInt64(bitWidth) }
  /// The number of bytes of the smallest unsigned integer that holds an encoding: 1, 2 or 4.
  @inlinable public var containerBytes: Int { bitWidth <= 8 ? 1 : bitWidth <= 16 ? 2 : 4 }

  /// The mask of all bits but the sign.
  @inlinable public var magnitudeMask: UInt32 {
    UInt32(truncatingIfNeeded: (UInt64(1) << UInt64(exponentBits + fractionBits)) - 1)
  }
  /// The sign bit, zero for a scale format.
  @inlinable public var signMask: UInt32 {
    isSigned ? UInt32(1) << UInt32(exponentBits + fractionBits) : 0
  }
  /// The mask of the fraction field.
  @inlinable public var fractionMask: UInt32 { (UInt32(1) << UInt32(fractionBits)) - 1 }
  /// Whether the format encodes infinities.
  @inlinable public var hasInfinity: Bool {
    if case .ieee = specials { return true }
    return false
  }
  /// Whether the format encodes a NaN.
  @inlinable public var hasNaN: Bool {
    if case .finite = specials { return false }
    return true
  }
  /// Whether the format has NaNs that signal.
  @inlinable public var hasSignalingNaN: Bool { hasInfinity && fractionBits > 1 }
  /// Whether the format has zeros and subnormal numbers.
  @inlinable public var hasZero: Bool { !isScale }

  /// The encoding of the largest finite number.
  @inlinable @inline(__always) public var largestFinite: UInt32 {
    switch specials {
    case .ieee: (magnitudeMask & ~fractionMask) - 1
    case .nanOnly, .scale: magnitudeMask - 1
    case .finite: magnitudeMask
    }
  }
  /// The encoding of positive infinity, nil where the format has none.
  @inlinable public var infinity: UInt32? {
    hasInfinity ? magnitudeMask & ~fractionMask : nil
  }
  /// The encoding of the canonical quiet NaN, positive, nil where the format has none.
  @inlinable public var canonicalNaN: UInt32? {
    switch specials {
    case .ieee: (magnitudeMask & ~fractionMask) | quietBit
    case .nanOnly, .scale: magnitudeMask
    case .finite: nil
    }
  }
  /// The fraction bit that tells a quiet from a signaling NaN (IEEE 754-2019, clause 6.2.1).
  @inlinable public var quietBit: UInt32 {
    hasInfinity ? UInt32(1) << UInt32(fractionBits - 1) : 0
  }
  /// The encoding of 2^minExponent, the smallest normal number.
  @inlinable public var smallestNormal: UInt32 { hasZero ? UInt32(1) << UInt32(fractionBits) : 0 }
  /// The encoding of 1.
  @inlinable public var one: UInt32 { UInt32(bias) << UInt32(fractionBits) }
}
