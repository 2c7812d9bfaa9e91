// SPDX-License-Identifier: Apache-2.0

import CProcessor

// `squareRoot` may become a call of the C library's sqrt, which needs its library linked.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// An unsigned word that one operation is computed in: 32 bits where p <= 11, 64 bits to p = 24.
///
/// Code over lanes has no branches that depend on operands, so that a loop over it vectorises. The
/// square root and the quotient of integers come from the float type whose significand holds the
/// radicand and the dividend exactly; a remainder in integers decides their last bit.
public protocol Lane: FixedWidthInteger & UnsignedInteger & Sendable {
  /// The two's-complement integer of the same width.
  associatedtype Signed: FixedWidthInteger & SignedInteger
  /// x / y in [1, 2) to the float type's precision, as a word with its leading one at
  /// `Context.leadingBit`; x and y are exact in the float type.
  static func quotient(_ x: Self, _ y: Self) -> Self
  /// sqrt(x), or sqrt(2x) where `odd` is 1, in [1, 2), for a significand x whose leading one stands
  /// at `position`; the result as that of `quotient`.
  static func root(_ x: Self, odd: Self, position: Self) -> Self
  /// The number of leading zeros of n < 2^(bitWidth-1), by way of the lane's float type; of zero, a
  /// number above the lane's width.
  static func leadingZeros(_ n: Self) -> Self
  /// floor(n / d) and n - d floor(n / d), for n exact in the lane's float type and d > 0.
  static func divide(_ n: Self, by d: Self) -> (quotient: Self, remainder: Self)
  /// The number of bits of the roots that `integerRoot` takes: twice as many are exact in the
  /// lane's float type.
  static var rootBits: Self { get }
  /// floor(sqrt(n)) and n less its square, for n < 2^(2 rootBits).
  static func integerRoot(_ n: Self) -> (root: Self, remainder: Self)
}

extension UInt32: Lane {
  /// The two's-complement integer of the same width.
  public typealias Signed = Int32

  /// The quotient by binary32's division.
  @inlinable @inline(__always)
  public static func quotient(_ x: UInt32, _ y: UInt32) -> UInt32 {
    significand(Float(Int32(truncatingIfNeeded: x)) / Float(Int32(truncatingIfNeeded: y)))
  }

  /// The root by binary32's square root.
  @inlinable @inline(__always)
  public static func root(_ x: UInt32, odd: UInt32, position: UInt32) -> UInt32 {
    // The hidden bit counts as one in the exponent field.
    let bits = (x &<< (23 &- position)) &+ (126 &+ odd) &<< 23
    return significand(Float(bitPattern: bits).squareRoot())
  }

  /// A number in [1, 2) as a word with its leading one at bit 29.
  @inlinable @inline(__always)
  static func significand(_ number: Float) -> UInt32 {
    // The exponent field's last bit is the hidden one; its others leave the word or are masked.
    (number.bitPattern &<< 6) & 0x3fff_ffff
  }

  /// The number of leading zeros, from binary32's exponent.
  ///
  /// With the second of its bits cleared n is below 3/2 of a power of two, which no rounding
  /// reaches.
  @inlinable @inline(__always)
  public static func leadingZeros(_ n: UInt32) -> UInt32 {
    let leading = Float(Int32(truncatingIfNeeded: n & ~(n &>> 1)))
    return 158 &- (leading.bitPattern &>> 23)
  }

  /// floor(n / d) and the remainder, for n < 2^24 and a quotient below 2^22; for d = 0 anything.
  ///
  /// n and d are exact in binary32, so n / d is off by at most half an ulp and the nearest integer
  /// is the floor or one more; adding 2^23 rounds to that integer.
  @inlinable @inline(__always)
  public static func divide(_ n: UInt32, by d: UInt32) -> (quotient: UInt32, remainder: UInt32) {
    let estimate = Float(Int32(truncatingIfNeeded: n)) / Float(Int32(truncatingIfNeeded: d))
    let nearest = (estimate + 0x1p23).bitPattern &- (0x1p23 as Float).bitPattern
    let rest = n &- nearest &* d
    let tooLarge = rest &>> 31
    return (nearest &- tooLarge, rest &+ (d & (0 &- tooLarge)))
  }

  /// 12, because 24 bits are exact in binary32.
  @inlinable public static var rootBits: UInt32 { 12 }

  /// floor(sqrt(n)) and n less its square, for n < 2^24.
  @inlinable @inline(__always)
  public static func integerRoot(_ n: UInt32) -> (root: UInt32, remainder: UInt32) {
    let estimate = Float(Int32(truncatingIfNeeded: n)).squareRoot()
    let nearest = (estimate + 0x1p23).bitPattern &- (0x1p23 as Float).bitPattern
    let rest = n &- nearest &* nearest
    let tooLarge = rest &>> 31
    return (nearest &- tooLarge, rest &+ (((nearest &<< 1) &- 1) & (0 &- tooLarge)))
  }
}

extension UInt64: Lane {
  /// The two's-complement integer of the same width.
  public typealias Signed = Int64

  /// The quotient by binary64's division.
  @inlinable @inline(__always)
  public static func quotient(_ x: UInt64, _ y: UInt64) -> UInt64 {
    significand(Double(Int64(truncatingIfNeeded: x)) / Double(Int64(truncatingIfNeeded: y)))
  }

  /// The root by binary64's square root.
  @inlinable @inline(__always)
  public static func root(_ x: UInt64, odd: UInt64, position: UInt64) -> UInt64 {
    // The hidden bit counts as one in the exponent field.
    let bits = (x &<< (52 &- position)) &+ (1022 &+ odd) &<< 52
    return significand(Double(bitPattern: bits).squareRoot())
  }

  /// A number in [1, 2) as a word with its leading one at bit 61.
  @inlinable @inline(__always)
  static func significand(_ number: Double) -> UInt64 {
    (number.bitPattern &<< 9) & 0x3fff_ffff_ffff_ffff
  }

  /// The number of leading zeros, from binary64's exponent.
  @inlinable @inline(__always)
  public static func leadingZeros(_ n: UInt64) -> UInt64 {
    // Unsigned: AVX2 converts those in vectors, and signed ones one by one.
    let leading = Double(n & ~(n &>> 1))
    return 1086 &- (leading.bitPattern &>> 52)
  }

  /// floor(n / d) and the remainder, for n < 2^53 and a quotient below 2^51; for d = 0 anything.
  @inlinable @inline(__always)
  public static func divide(_ n: UInt64, by d: UInt64) -> (quotient: UInt64, remainder: UInt64) {
    let estimate = Double(Int64(truncatingIfNeeded: n)) / Double(Int64(truncatingIfNeeded: d))
    let nearest = (estimate + 0x1p52).bitPattern &- (0x1p52 as Double).bitPattern
    let rest = n &- nearest &* d
    let tooLarge = rest &>> 63
    return (nearest &- tooLarge, rest &+ (d & (0 &- tooLarge)))
  }

  /// 26, because 52 bits are exact in binary64.
  @inlinable public static var rootBits: UInt64 { 26 }

  /// floor(sqrt(n)) and n less its square, for n < 2^52.
  @inlinable @inline(__always)
  public static func integerRoot(_ n: UInt64) -> (root: UInt64, remainder: UInt64) {
    let estimate = Double(Int64(truncatingIfNeeded: n)).squareRoot()
    let nearest = (estimate + 0x1p52).bitPattern &- (0x1p52 as Double).bitPattern
    let rest = n &- nearest &* nearest
    let tooLarge = rest &>> 63
    return (nearest &- tooLarge, rest &+ (((nearest &<< 1) &- 1) & (0 &- tooLarge)))
  }
}

extension Lane {
  /// The index of the top bit.
  @inlinable @inline(__always)
  static var topBit: Self { Self(truncatingIfNeeded: bitWidth &- 1) }

  /// The number of leading zeros below 2^(bitWidth-1) in the way that a loop or a single call has
  /// it fastest; of zero, at least the lane's width.
  @inlinable @inline(__always)
  func leadingZeros<S: KernelScope>(_: S.Type) -> Self {
    S.branches || !LaneProcessor.countsByConversion
      ? Self(truncatingIfNeeded: leadingZeroBitCount) : Self.leadingZeros(self)
  }

  /// The same bits, signed.
  @inlinable @inline(__always)
  var signed: Signed { Signed(truncatingIfNeeded: self) }

  /// The value shifted right, its last bit set when any bit was lost: von Neumann's jamming.
  @inlinable @inline(__always)
  func shiftedRightJamming(_ count: Self) -> Self {
    let shift = Swift.min(count, Self.topBit)
    let kept = self &>> shift
    return kept | select((kept &<< shift) != self, 1, 0)
  }
}

/// What the processor of the build has for lanes.
@usableFromInline
enum LaneProcessor {
  /// Whether loops count leading zeros by converting to floating point.
  @inlinable @inline(__always)
  static var countsByConversion: Bool { HALFWAY_COUNTS_BY_CONVERSION == 1 }
}

// A ternary operator may become a branch into which the optimizer moves the computation of its
// arms: a scalar function then mispredicts, a vectorised loop pays a mask for each, and two loads
// merge into one gather. Bit operations keep both arms where they are, and LLVM recognises the
// selection in them.

/// The byte of a condition, 1 or 0, without a branch.
@inlinable @inline(__always)
func byte(_ condition: Bool) -> UInt8 { unsafeBitCast(condition, to: UInt8.self) }

/// 1 where the condition holds, else 0.
@inlinable @inline(__always)
func bit<T: FixedWidthInteger>(_ condition: Bool) -> T { T(truncatingIfNeeded: byte(condition)) }

/// `a` where the condition holds, else `b`.
@inlinable @inline(__always)
func select<T: FixedWidthInteger>(_ condition: Bool, _ a: T, _ b: T) -> T {
  let mask: T = 0 &- bit(condition)
  return (a & mask) | (b & ~mask)
}

/// Selection among conditions.
@inlinable @inline(__always)
func select(_ condition: Bool, _ a: Bool, _ b: Bool) -> Bool {
  select(condition, byte(a), byte(b)) != 0
}

/// Conjunction without short circuit.
@inlinable @inline(__always)
func both(_ a: Bool, _ b: Bool) -> Bool { byte(a) & byte(b) != 0 }

/// Disjunction without short circuit.
@inlinable @inline(__always)
func either(_ a: Bool, _ b: Bool) -> Bool { byte(a) | byte(b) != 0 }
