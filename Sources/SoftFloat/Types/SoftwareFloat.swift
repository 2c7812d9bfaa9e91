// SPDX-License-Identifier: Apache-2.0
import Formats

/// A value type whose bits are an encoding of one format, computed by `Arithmetic`.
///
/// Types with operators conform to `SoftwareArithmetic`; a scale format has conversions only.
public protocol SoftwareFloat: Hashable, Sendable, Comparable, CustomStringConvertible,
  ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral
{
  /// The container of an encoding.
  associatedtype BitPattern: Container
  /// The lane that operations are computed in.
  associatedtype Word: Lane
  /// The format.
  static var format: Format { get }
  /// The encoding.
  var bitPattern: BitPattern { get set }
  /// The number that an encoding stands for.
  init(bitPattern: BitPattern)
}

extension SoftwareFloat {
  @inlinable @inline(__always)
  var word: Word { Word(truncatingIfNeeded: bitPattern) }

  @inlinable @inline(__always)
  init(word: Word) { self.init(bitPattern: BitPattern(truncatingIfNeeded: word)) }

  /// The result of a lane computation.
  @inlinable @inline(__always)
  static func rounded(_ packed: Packed<Word>) -> Rounded<Self> {
    Rounded(
      value: Self(word: packed.bits),
      flags: Exceptions(rawValue: UInt8(truncatingIfNeeded: packed.flags)))
  }

  /// The result of any operation, computed on 64-bit lanes.
  @inlinable
  static func evaluate(
    _ operation: ArithmeticOperation, _ a: Self, _ b: Self? = nil, _ c: Self? = nil,
    _ semantics: Semantics, _ index: UInt64
  ) -> Rounded<Self> {
    let result = Arithmetic.evaluate(
      operation, UInt64(a.bitPattern), UInt64((b ?? a).bitPattern),
      UInt64((c ?? a).bitPattern), format: format, semantics: semantics, index: index)
    return Rounded(
      value: Self(bitPattern: BitPattern(truncatingIfNeeded: result.value)), flags: result.flags)
  }
}

// MARK: - Conversion to another format

extension SoftwareFloat {
  /// self in another format under the given semantics, with the exceptions signalled.
  @inlinable @inline(__always)
  public func converted<Other: SoftwareFloat>(
    to: Other.Type, semantics: Semantics = Semantics(), index: UInt64 = 0
  ) -> Rounded<Other> {
    if semantics.isPlain, Self.format.specials != .scale, Other.format.specials != .scale {
      let packed = Arithmetic.convert(
        UInt32(truncatingIfNeeded: bitPattern), from: Context(Self.format, semantics),
        to: Context(Other.format, semantics), random: 0, ScalarScope.self)
      return Rounded(
        value: Other(bitPattern: Other.BitPattern(truncatingIfNeeded: packed.bits)),
        flags: Exceptions(rawValue: UInt8(truncatingIfNeeded: packed.flags)))
    }
    let result = Arithmetic.evaluate(
      .convert, UInt64(bitPattern), format: Self.format, to: Other.format,
      semantics: semantics, index: index)
    return Rounded(
      value: Other(bitPattern: Other.BitPattern(truncatingIfNeeded: result.value)),
      flags: result.flags)
  }
}

// MARK: - Conversions from and to Double

extension SoftwareFloat {
  /// `source` rounded once under the given semantics, with the exceptions signalled.
  @inlinable
  public static func rounding(
    _ source: Double, semantics: Semantics = Semantics(), index: UInt64 = 0
  ) -> Rounded<Self> {
    let isNegative = source.sign == .minus
    guard source.isFinite else {
      // FP32 holds infinities and NaNs alike.
      let special: UInt32 =
        source.isNaN
        ? (source.isSignalingNaN ? 0x7fa0_0000 : 0x7fc0_0000) : 0x7f80_0000
      let bits = special | (isNegative ? 0x8000_0000 : 0)
      return Binary32(bitPattern: bits)
        .converted(to: Self.self, semantics: semantics, index: index)
    }
    let hidden: UInt64 = source.exponentBitPattern == 0 ? 0 : 1 << 52
    let result = Arithmetic.round(
      negative: isNegative, significand: source.significandBitPattern | hidden,
      exponent: max(Int(source.exponentBitPattern), 1) - 1075, to: format,
      semantics: semantics, index: index)
    return Rounded(
      value: Self(bitPattern: BitPattern(truncatingIfNeeded: result.value)), flags: result.flags)
  }

  /// `source` rounded once to nearest even.
  @inlinable
  public init(_ source: Double) { self = Self.rounding(source).value }

  /// The literal's Double rounded to nearest even: exact literals of up to 53 bits are rounded
  /// once. For longer decimals parse text.
  @inlinable
  public init(floatLiteral value: Double) { self.init(value) }

  /// The integer rounded to nearest even.
  @inlinable
  public init(integerLiteral value: Int64) {
    let result = Arithmetic.evaluate(
      .fromInt64, UInt64(bitPattern: value), format: Self.format, to: Self.format)
    self.init(bitPattern: BitPattern(truncatingIfNeeded: result.value))
  }

  /// The value, exact: every format here is contained in binary64.
  @inlinable
  public var doubleValue: Double {
    let result = Arithmetic.evaluate(
      .convert, UInt64(bitPattern), format: Self.format, to: .fp32)
    // BF16's, TF32's and E8M0's exponents are FP32's, so that FP32 holds every number exactly.
    return Double(Float(bitPattern: UInt32(truncatingIfNeeded: result.value)))
  }
}

extension SoftwareFloat {
  /// The value in the shortest decimal text that Double prints for it.
  public var description: String { doubleValue.description }

  /// Equal numbers hash alike, both zeros included.
  public func hash(into hasher: inout Hasher) { hasher.combine(doubleValue) }

  /// Whether both are numbers and equal.
  @inlinable
  public static func == (a: Self, b: Self) -> Bool { relation(a, b) == .equal }

  /// Whether both are numbers and a is less.
  @inlinable
  public static func < (a: Self, b: Self) -> Bool { relation(a, b) == .less }

  /// Whether both are numbers and a is not greater.
  @inlinable
  public static func <= (a: Self, b: Self) -> Bool {
    let relation = relation(a, b)
    return relation == .less || relation == .equal
  }

  /// Whether both are numbers and a is greater.
  @inlinable
  public static func > (a: Self, b: Self) -> Bool { b < a }

  /// Whether both are numbers and a is not less.
  @inlinable
  public static func >= (a: Self, b: Self) -> Bool { b <= a }

  /// The relation of two numbers (IEEE 754-2019, clause 5.11).
  @inlinable
  public static func relation(_ a: Self, _ b: Self) -> Relation {
    let packed = Arithmetic.evaluate(
      .compareQuiet, UInt64(a.bitPattern), UInt64(b.bitPattern), format: format)
    return Relation(rawValue: UInt8(truncatingIfNeeded: packed.value)) ?? .unordered
  }
}
