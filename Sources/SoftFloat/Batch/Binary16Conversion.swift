// SPDX-License-Identifier: Apache-2.0
import CProcessor

/// Conversions between binary16 and FP32 without a branch, by integer operations and one addition.
@usableFromInline
enum Binary16Conversion {
  /// Whether the processor of the build has instructions for them.
  @inlinable @inline(__always)
  static var isInstruction: Bool { HALFWAY_CONVERTS_BINARY16 == 1 }

  /// x rounded to binary16, ties to even, in FP32; of a NaN any NaN.
  ///
  /// From 2^-14 on half of the last of the thirteen dropped bits carries where nearest even goes
  /// up. Below, the last place is 2^-24, that of FP32 numbers from 1/2 on.
  @inlinable @inline(__always)
  static func rounded(_ x: Float) -> Float {
    let magnitude = x.bitPattern & 0x7fff_ffff
    let normal = (magnitude &+ 0xfff &+ ((magnitude &>> 13) & 1)) & 0xffff_e000
    let subnormal = ((Float(bitPattern: magnitude) + 0.5) - 0.5).bitPattern
    let finite = magnitude < 0x3880_0000 ? subnormal : normal
    // From 2^16 on there is the infinity, and above its own encoding stand NaNs.
    let overflown = max(magnitude, 0x7f80_0000)
    let rounded = finite >= 0x4780_0000 ? overflown : finite
    return Float(bitPattern: rounded | x.bitPattern & 0x8000_0000)
  }

  /// The encoding of x rounded to binary16, ties to even; of a NaN any NaN's.
  @inlinable @inline(__always)
  static func encoding(_ x: Float) -> UInt16 {
    let y = rounded(x).bitPattern
    let magnitude = y & 0x7fff_ffff
    // The exponent's bias is 15 instead of 127; a subnormal number is so many 2^-24.
    let normal = (magnitude &- 0x3800_0000) &>> 13
    let subnormal = (Float(bitPattern: magnitude) + 0.5).bitPattern & 0x7f_ffff
    let finite = magnitude < 0x3880_0000 ? subnormal : normal
    let special: UInt32 = magnitude > 0x7f80_0000 ? 0x7e00 : 0x7c00
    let encoding = magnitude >= 0x4780_0000 ? special : finite
    return UInt16(truncatingIfNeeded: encoding | (y &>> 16) & 0x8000)
  }

  /// The number of an encoding, in FP32.
  @inlinable @inline(__always)
  static func value(_ encoding: UInt16) -> Float {
    let magnitude = UInt32(encoding & 0x7fff) &<< 13
    // 2^112 moves the exponent from one bias to the other, of subnormal numbers too.
    let finite = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
    let bits = magnitude >= 0xf80_0000 ? magnitude | 0x7f80_0000 : finite
    return Float(bitPattern: bits | UInt32(encoding & 0x8000) &<< 16)
  }
}
