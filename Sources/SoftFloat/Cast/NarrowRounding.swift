// SPDX-License-Identifier: Apache-2.0
import CProcessor
import Formats

/// A rounding of FP32 values to a narrower format that a plain loop vectorises: the value of the
/// format, held in FP32 again.
public protocol NarrowRounding: Sendable {
  /// The narrower format.
  static var format: Format { get }
  /// x rounded to nearest even; any NaN becomes the canonical one.
  static func round(_ x: Float) -> Float
}

/// Rounding to binary16 by the conversions of the language where they are instructions, and
/// otherwise by `Binary16Conversion`, which a loop vectorises and the runtime's functions do not.
public enum Binary16Rounding: NarrowRounding {
  /// binary16.
  @inlinable public static var format: Format { .fp16 }

  /// x rounded to binary16, ties to even.
  @inlinable @inline(__always)
  public static func round(_ x: Float) -> Float {
    let y = roundOrdinary(x)
    return x == x ? y : .nan
  }

  /// x rounded to binary16, ties to even; of a NaN any NaN.
  @inlinable @inline(__always)
  static func roundOrdinary(_ x: Float) -> Float {
    Binary16Conversion.isInstruction ? Float(Float16(x)) : Binary16Conversion.rounded(x)
  }

  /// The number of an encoding.
  @inlinable @inline(__always)
  static func value(_ encoding: UInt16) -> Float {
    Binary16Conversion.isInstruction
      ? Float(Float16(bitPattern: encoding)) : Binary16Conversion.value(encoding)
  }
}

/// Rounding to bfloat16 by adding just under half of the last place to the encoding: the carry
/// moves into the exponent where the significand overflows, and into infinity after Ω.
///
/// Subnormal numbers need no case of their own, since both formats share the exponent's range. The
/// processor's `vcvtneps2bf16` would flush them.
public enum BFloat16Rounding: NarrowRounding {
  /// bfloat16.
  @inlinable public static var format: Format { .bf16 }

  // Computed, not stored: a stored global would be a lazy load inside the loop.
  @inlinable static var droppedBits: UInt32 { 16 }
  @inlinable static var belowHalf: UInt32 { (1 << (droppedBits - 1)) - 1 }
  @inlinable static var keptMask: UInt32 { ~((1 << droppedBits) - 1) }

  /// x rounded to bfloat16, ties to even.
  @inlinable @inline(__always)
  public static func round(_ x: Float) -> Float {
    let bits = x.bitPattern
    let odd = (bits &>> droppedBits) & 1
    let y = Float(bitPattern: (bits &+ belowHalf &+ odd) & keptMask)
    return x == x ? y : .nan
  }
}
