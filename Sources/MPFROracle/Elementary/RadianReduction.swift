// SPDX-License-Identifier: Apache-2.0
import CMPFR

/// FP32 numbers of radians reduced to quarter turns in integers (Payne and Hanek, 1983).
///
/// |x| = m 2^e with m < 2^24. Of 2^e 2/π all multiples of 4 are dropped, being whole turns, and
/// 126 bits behind the point are kept; m times that, modulo 2^128, is x 2/π modulo 4 in units of
/// 2^-126, less an error below 2^24 units.
struct RadianReduction {
  /// floor(2^126 (2^e 2/π mod 4)) of each e, from that of `least` on.
  private let windows: [UInt128]
  private let least: Int

  /// The binary places behind the point.
  private static let places: UInt128 = 126
  /// The least |fraction| of which 126 places tell 2^-62 of its magnitude. No number of FP32 comes
  /// as near to a multiple of π/2 as this; that is not relied on.
  private static let leastFraction: UInt128 = 1 << 86

  /// The reduction of the finite numbers from a power of two on.
  init(from x: Float) {
    least = Int(x.exponent) - Float.significandBitCount
    let largest = Int(Float.greatestFiniteMagnitude.exponent) - Float.significandBitCount
    windows = (least...largest).map(RadianReduction.window)
  }

  private static func window(_ exponent: Int) -> UInt128 {
    // 2^104 2/π has 104 bits before the point, of which 2 are kept with 126 behind it.
    let precision = 320
    let four = MPFRNumber(precision: precision) { mpfr_set_ui($0, 4, MPFR_RNDN) }
    let scaled = MPFRNumber(precision: precision) { y in
      mpfr_const_pi(y, MPFR_RNDU)
      mpfr_ui_div(y, 2, y, MPFR_RNDD)
      mpfr_mul_2si(y, y, exponent, MPFR_RNDD)
      mpfr_fmod(y, y, four.pointer, MPFR_RNDD)
      mpfr_mul_2si(y, y, 62, MPFR_RNDD)
    }
    let high = mpfr_get_ui(scaled.pointer, MPFR_RNDD)
    let rest = MPFRNumber(precision: precision) { y in
      mpfr_sub_ui(y, scaled.pointer, high, MPFR_RNDD)
      mpfr_mul_2si(y, y, 64, MPFR_RNDD)
    }
    return UInt128(high) << 64 | UInt128(mpfr_get_ui(rest.pointer, MPFR_RNDD))
  }

  /// A number of x >= 0 radians with a relative error of its fraction below 2^-52 + 2^-62; nil where
  /// it is too near to a multiple of π/2.
  func reduced(_ x: Float) -> QuarterTurns? {
    let hidden = UInt32(1) << UInt32(Float.significandBitCount)
    let significand = x.bitPattern & (hidden - 1) | hidden
    let window = windows[Int(x.exponent) - Float.significandBitCount - least]
    let product = window &* UInt128(significand)
    let quadrant = (product &+ 1 << (RadianReduction.places - 1)) >> RadianReduction.places
    let rest = Int128(truncatingIfNeeded: product &- quadrant << RadianReduction.places)
    let magnitude = rest.magnitude
    guard magnitude >= RadianReduction.leastFraction else { return nil }
    let fraction =
      Double(UInt64(truncatingIfNeeded: magnitude >> 64)) * 0x1p-62
      + Double(UInt64(truncatingIfNeeded: magnitude)) * 0x1p-126
    return QuarterTurns(
      quadrant: Int(truncatingIfNeeded: quadrant), fraction: rest < 0 ? -fraction : fraction)
  }
}
