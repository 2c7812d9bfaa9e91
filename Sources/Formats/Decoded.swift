// SPDX-License-Identifier: Apache-2.0

/// What an encoding stands for: a class and, for a finite number, (-1)^s significand 2^exponent.
public struct Decoded: Hashable, Sendable {
  /// The class of the datum (IEEE 754-2019, clause 5.7.2); a number below 2^minExponent is
  /// subnormal.
  public var classification: FloatingPointClassification
  /// Whether the sign bit is set, also of a zero or a NaN.
  public var isNegative: Bool
  /// The integral significand of a finite number, below 2^p; the fraction field of a NaN.
  public var significand: UInt32
  /// The exponent of the significand's last bit; 0 where the datum is not a finite number.
  public var exponent: Int

  /// A datum of the given parts.
  public init(
    classification: FloatingPointClassification, isNegative: Bool, significand: UInt32,
    exponent: Int
  ) {
    self.classification = classification
    self.isNegative = isNegative
    self.significand = significand
    self.exponent = exponent
  }

  /// Whether the datum is a number: neither an infinity nor a NaN.
  public var isFinite: Bool {
    switch classification {
    case .signalingNaN, .quietNaN, .negativeInfinity, .positiveInfinity: false
    default: true
    }
  }
  /// Whether the datum is a NaN.
  public var isNaN: Bool { classification == .signalingNaN || classification == .quietNaN }
  /// Whether the datum is an infinity.
  public var isInfinite: Bool { !isFinite && !isNaN }
  /// Whether the datum is a zero of either sign.
  public var isZero: Bool {
    classification == .positiveZero || classification == .negativeZero
  }
}

extension Format {
  /// The parts of an encoding; bits above `bitWidth` are ignored.
  public func decode(_ bits: UInt32) -> Decoded {
    let isNegative = bits & signMask != 0
    let fraction = bits & fractionMask
    let field = exponentField(bits)
    func decoded(
      _ classification: FloatingPointClassification, _ significand: UInt32, _ exponent: Int
    ) -> Decoded {
      Decoded(
        classification: classification, isNegative: isNegative, significand: significand,
        exponent: exponent)
    }
    if isNaN(bits) {
      let isSignaling = hasSignalingNaN && fraction & quietBit == 0
      return decoded(isSignaling ? .signalingNaN : .quietNaN, fraction, 0)
    }
    if bits & magnitudeMask == infinity {
      return decoded(isNegative ? .negativeInfinity : .positiveInfinity, 0, 0)
    }
    if field == 0 && hasZero {
      if fraction == 0 {
        return decoded(isNegative ? .negativeZero : .positiveZero, 0, minUlpExponent)
      }
      return decoded(
        isNegative ? .negativeSubnormal : .positiveSubnormal, fraction, minUlpExponent)
    }
    return decoded(
      isNegative ? .negativeNormal : .positiveNormal, fraction | (1 << UInt32(fractionBits)),
      Int(field) - bias - fractionBits)
  }

  /// The encoding of (-1)^s significand 2^exponent, nil where the format does not hold the number
  /// exactly; a zero needs a format with zeros.
  public func encode(isNegative: Bool, significand: UInt64, exponent: Int) -> UInt32? {
    guard isSigned || !isNegative else { return nil }
    let sign = isNegative ? signMask : 0
    guard significand != 0 else { return hasZero ? sign : nil }
    let odd = significand >> UInt64(significand.trailingZeroBitCount)
    let oddExponent = exponent + significand.trailingZeroBitCount
    let width = UInt64.bitWidth - odd.leadingZeroBitCount
    let leading = oddExponent + width - 1
    guard width <= precision, leading <= maxExponent, oddExponent >= minUlpExponent else {
      return nil
    }
    let unit = max(leading - fractionBits, minUlpExponent)
    let integral = UInt32(odd << UInt64(oddExponent - unit))
    let isSubnormal = hasZero && leading < minExponent
    let field = isSubnormal ? 0 : UInt32(leading + bias)
    let magnitude = (field << UInt32(fractionBits)) | (integral & fractionMask)
    return magnitude <= largestFinite ? sign | magnitude : nil
  }

  /// The value of an encoding as a Double, which holds every number of every format exactly;
  /// a NaN's payload is lost.
  public func value(of bits: UInt32) -> Double {
    let parts = decode(bits)
    let magnitude: Double =
      if parts.isNaN {
        .nan
      } else if parts.isInfinite {
        .infinity
      } else {
        Double(sign: .plus, exponent: parts.exponent, significand: Double(parts.significand))
      }
    return parts.isNegative ? -magnitude : magnitude
  }
}
