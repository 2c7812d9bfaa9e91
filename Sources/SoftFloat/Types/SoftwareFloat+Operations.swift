// SPDX-License-Identifier: Apache-2.0
import Formats

// Every operation of `ArithmeticOperation` on every type, under any semantics and with the
// exceptions signalled. `SoftwareArithmetic` has faster forms of the six arithmetic ones, which are
// preferred where they exist.
extension SoftwareFloat {
  /// self + other.
  @inlinable
  public func adding(_ other: Self, semantics: Semantics, index: UInt64 = 0) -> Rounded<Self> {
    Self.evaluate(.add, self, other, nil, semantics, index)
  }

  /// self - other.
  @inlinable
  public func subtracting(_ other: Self, semantics: Semantics, index: UInt64 = 0) -> Rounded<Self> {
    Self.evaluate(.sub, self, other, nil, semantics, index)
  }

  /// self · other.
  @inlinable
  public func multiplied(
    by other: Self, semantics: Semantics, index: UInt64 = 0
  ) -> Rounded<Self> {
    Self.evaluate(.mul, self, other, nil, semantics, index)
  }

  /// self / other.
  @inlinable
  public func divided(by other: Self, semantics: Semantics, index: UInt64 = 0) -> Rounded<Self> {
    Self.evaluate(.div, self, other, nil, semantics, index)
  }

  /// self + a · b with one rounding.
  @inlinable
  public func addingProduct(
    _ a: Self, _ b: Self, semantics: Semantics, index: UInt64 = 0
  ) -> Rounded<Self> {
    Self.evaluate(.fma, a, b, self, semantics, index)
  }

  /// The square root.
  @inlinable
  public func squareRoot(semantics: Semantics, index: UInt64 = 0) -> Rounded<Self> {
    Self.evaluate(.sqrt, self, nil, nil, semantics, index)
  }

  /// self - n · other with n the integer nearest self / other, ties to even; exact.
  @inlinable
  public func remainder(dividingBy other: Self, semantics: Semantics) -> Rounded<Self> {
    Self.evaluate(.remainder, self, other, nil, semantics, 0)
  }

  /// The integral value in the rounding direction; inexact where it differs from self.
  @inlinable
  public func roundedToIntegral(semantics: Semantics, index: UInt64 = 0) -> Rounded<Self> {
    Self.evaluate(.roundToIntegral, self, nil, nil, semantics, index)
  }

  /// self · 2^n.
  @inlinable
  public func scaled(by n: Int32, semantics: Semantics, index: UInt64 = 0) -> Rounded<Self> {
    let result = Arithmetic.evaluate(
      .scaleB, UInt64(bitPattern), UInt64(UInt32(bitPattern: n)), format: Self.format,
      semantics: semantics, index: index)
    return Rounded(
      value: Self(bitPattern: BitPattern(truncatingIfNeeded: result.value)), flags: result.flags)
  }

  /// The least number above self.
  @inlinable
  public func nextUp(semantics: Semantics) -> Rounded<Self> {
    Self.evaluate(.nextUp, self, nil, nil, semantics, 0)
  }

  /// The greatest number below self.
  @inlinable
  public func nextDown(semantics: Semantics) -> Rounded<Self> {
    Self.evaluate(.nextDown, self, nil, nil, semantics, 0)
  }

  /// The smaller of two numbers, -0 < +0; a NaN wins (IEEE 754-2019, clause 9.6).
  @inlinable
  public static func minimum(_ a: Self, _ b: Self, semantics: Semantics) -> Rounded<Self> {
    evaluate(.minimum, a, b, nil, semantics, 0)
  }

  /// The larger of two numbers, -0 < +0; a NaN wins.
  @inlinable
  public static func maximum(_ a: Self, _ b: Self, semantics: Semantics) -> Rounded<Self> {
    evaluate(.maximum, a, b, nil, semantics, 0)
  }

  /// The smaller of two numbers, -0 < +0; a number wins over a NaN.
  @inlinable
  public static func minimumNumber(_ a: Self, _ b: Self, semantics: Semantics) -> Rounded<Self> {
    evaluate(.minimumNumber, a, b, nil, semantics, 0)
  }

  /// The larger of two numbers, -0 < +0; a number wins over a NaN.
  @inlinable
  public static func maximumNumber(_ a: Self, _ b: Self, semantics: Semantics) -> Rounded<Self> {
    evaluate(.maximumNumber, a, b, nil, semantics, 0)
  }

  /// The relation of self to other; a quiet NaN signals invalid only where `isSignaling`.
  @inlinable
  public func compared(
    to other: Self, isSignaling: Bool = false, semantics: Semantics
  ) -> Rounded<Relation> {
    let result = Arithmetic.evaluate(
      isSignaling ? .compareSignaling : .compareQuiet, UInt64(bitPattern),
      UInt64(other.bitPattern), format: Self.format, semantics: semantics)
    return Rounded(
      value: Relation(rawValue: UInt8(truncatingIfNeeded: result.value)) ?? .unordered,
      flags: result.flags)
  }

  /// floor(log2 |self|); Int32.min for zero and NaN, Int32.max for infinities, each with invalid.
  @inlinable
  public func logB(semantics: Semantics) -> Rounded<Int32> {
    let result = Arithmetic.evaluate(
      .logB, UInt64(bitPattern), format: Self.format, semantics: semantics)
    return Rounded(value: Int32(truncatingIfNeeded: result.value), flags: result.flags)
  }

  /// The integer in the rounding direction; the nearest end with invalid where it is out of range,
  /// 0 with invalid for NaN.
  @inlinable
  public func convertedToInt32(semantics: Semantics, index: UInt64 = 0) -> Rounded<Int32> {
    let result = Arithmetic.evaluate(
      .toInt32, UInt64(bitPattern), format: Self.format, semantics: semantics, index: index)
    return Rounded(value: Int32(truncatingIfNeeded: result.value), flags: result.flags)
  }

  /// The integer in the rounding direction, as `convertedToInt32`.
  @inlinable
  public func convertedToInt64(semantics: Semantics, index: UInt64 = 0) -> Rounded<Int64> {
    let result = Arithmetic.evaluate(
      .toInt64, UInt64(bitPattern), format: Self.format, semantics: semantics, index: index)
    return Rounded(value: Int64(bitPattern: result.value), flags: result.flags)
  }

  /// An integer rounded once.
  @inlinable
  public static func rounding(
    integer value: Int64, semantics: Semantics = Semantics(), index: UInt64 = 0
  ) -> Rounded<Self> {
    let result = Arithmetic.evaluate(
      .fromInt64, UInt64(bitPattern: value), format: format, semantics: semantics, index: index)
    return Rounded(
      value: Self(bitPattern: BitPattern(truncatingIfNeeded: result.value)), flags: result.flags)
  }
}
