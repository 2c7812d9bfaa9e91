// SPDX-License-Identifier: Apache-2.0
import Formats

/// A finite number (-1)^negative significand 2^exponent from which generators build operands.
///
/// It truncates and clamps: a generator aims near a target and steps to the neighbours, so it needs
/// no rounding of its own, and shares no code with what is tested.
struct FiniteValue {
  var negative: Bool
  var significand: UInt64
  var exponent: Int

  init(negative: Bool = false, _ significand: UInt64, exponent: Int) {
    (self.negative, self.significand, self.exponent) = (negative, significand, exponent)
  }

  /// The value of an encoding's bits read as finite.
  init(encoding: UInt64, format: Format) {
    let magnitude = encoding & UInt64(format.magnitudeMask)
    let field = Int(magnitude >> UInt64(format.fractionBits))
    let fraction = magnitude & UInt64(format.fractionMask)
    negative = encoding & UInt64(format.signMask) != 0
    if field == 0 && format.hasZero {
      (significand, exponent) = (fraction, format.minUlpExponent)
    } else {
      significand = fraction | 1 << UInt64(format.fractionBits)
      exponent = field - format.bias - format.fractionBits
    }
  }

  /// floor(log2 of the magnitude), the magnitude nonzero.
  var leadingExponent: Int { exponent + 63 - significand.leadingZeroBitCount }

  /// The encoding of the value, truncated to the format's precision and clamped to its finite
  /// range.
  func encoding(_ format: Format) -> UInt64 {
    let sign = negative ? UInt64(format.signMask) : 0
    guard significand != 0 else { return sign }
    let leading = leadingExponent
    if leading > format.maxExponent { return sign | UInt64(format.largestFinite) }
    let binade = max(leading, format.minExponent)
    if !format.hasZero { return UInt64(binade - format.minExponent) }
    let shift = binade - format.fractionBits - exponent
    let kept = shift > 63 ? 0 : shift >= 0 ? significand >> UInt64(shift) : significand << -shift
    // The hidden bit of a normal number adds the one by which its exponent field exceeds
    // binade - minExponent.
    let magnitude = kept + UInt64(binade - format.minExponent) << UInt64(format.fractionBits)
    return sign | min(magnitude, UInt64(format.largestFinite))
  }
}

extension Format {
  /// The encoding whose magnitude is `steps` encodings from that of `encoding`, within the
  /// magnitudes the format has (so that it may reach infinity and NaN).
  func stepped(_ encoding: UInt64, by steps: Int) -> UInt64 {
    let mask = UInt64(magnitudeMask)
    let magnitude = Int(encoding & mask) + steps
    return encoding & ~mask | UInt64(min(max(magnitude, 0), Int(mask)))
  }

  /// The exponents of finite nonzero numbers, subnormal ones included.
  var exponentRange: ClosedRange<Int> {
    (hasZero ? minUlpExponent : minExponent)...maxExponent
  }
}
