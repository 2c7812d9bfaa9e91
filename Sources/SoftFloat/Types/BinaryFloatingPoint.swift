// SPDX-License-Identifier: Apache-2.0
import Formats

/// A software float of a format with infinities and NaNs: a standard library `BinaryFloatingPoint`.
public protocol SoftwareBinaryFloatingPoint: SoftwareArithmetic, BinaryFloatingPoint
where
  Exponent == Int, RawExponent == UInt32, RawSignificand == UInt32, Stride == Self,
  Magnitude == Self, FloatLiteralType == Double, IntegerLiteralType == Int64
{}

extension SoftwareBinaryFloatingPoint {
  @inlinable
  static func encoded(_ bits: UInt32) -> Self {
    Self(bitPattern: BitPattern(truncatingIfNeeded: bits))
  }

  @inlinable
  var magnitudeBits: UInt32 { UInt32(truncatingIfNeeded: bitPattern) & Self.format.magnitudeMask }

  @inlinable static var infinityBits: UInt32 { format.largestFinite + 1 }

  /// The number of exponent bits.
  @inlinable public static var exponentBitCount: Int { format.exponentBits }
  /// The number of fraction bits.
  @inlinable public static var significandBitCount: Int { format.fractionBits }
  /// Positive infinity.
  @inlinable public static var infinity: Self { encoded(infinityBits) }
  /// The canonical quiet NaN.
  @inlinable public static var nan: Self { encoded(infinityBits | format.quietBit) }
  /// A signaling NaN.
  @inlinable public static var signalingNaN: Self { encoded(infinityBits + 1) }
  /// The largest finite number.
  @inlinable public static var greatestFiniteMagnitude: Self { encoded(format.largestFinite) }
  /// 2^emin.
  @inlinable public static var leastNormalMagnitude: Self { encoded(format.smallestNormal) }
  /// The smallest subnormal number.
  @inlinable public static var leastNonzeroMagnitude: Self { encoded(1) }
  /// Pi rounded toward zero, as the standard library has it.
  @inlinable public static var pi: Self {
    rounding(Double.pi, semantics: Semantics(rounding: .towardZero)).value
  }

  /// The sign bit.
  @inlinable public var sign: FloatingPointSign {
    UInt32(truncatingIfNeeded: bitPattern) & Self.format.signMask == 0 ? .plus : .minus
  }
  /// The exponent field.
  @inlinable public var exponentBitPattern: UInt32 {
    magnitudeBits >> UInt32(Self.format.fractionBits)
  }
  /// The fraction field.
  @inlinable public var significandBitPattern: UInt32 { magnitudeBits & Self.format.fractionMask }
  /// Whether the value is finite with its leading significand bit set.
  @inlinable public var isNormal: Bool {
    magnitudeBits >= Self.format.smallestNormal && isFinite
  }
  /// Whether the value is neither infinite nor NaN.
  @inlinable public var isFinite: Bool { magnitudeBits < Self.infinityBits }
  /// Whether the value is a zero of either sign.
  @inlinable public var isZero: Bool { magnitudeBits == 0 }
  /// Whether the value is nonzero and below 2^emin.
  @inlinable public var isSubnormal: Bool {
    magnitudeBits != 0 && magnitudeBits < Self.format.smallestNormal
  }
  /// Whether the value is infinite.
  @inlinable public var isInfinite: Bool { magnitudeBits == Self.infinityBits }
  /// Whether the value is a signaling NaN.
  @inlinable public var isSignalingNaN: Bool {
    isNaN && magnitudeBits & Self.format.quietBit == 0
  }
  /// True: every encoding is canonical.
  @inlinable public var isCanonical: Bool { true }
  /// |self|.
  @inlinable public var magnitude: Self { Self.encoded(magnitudeBits) }

  /// The number with the given fields.
  @inlinable
  public init(
    sign: FloatingPointSign, exponentBitPattern: UInt32, significandBitPattern: UInt32
  ) {
    let field = exponentBitPattern & ((1 << UInt32(Self.format.exponentBits)) - 1)
    self = Self.encoded(
      (sign == .minus ? Self.format.signMask : 0) | field << UInt32(Self.format.fractionBits)
        | significandBitPattern & Self.format.fractionMask)
  }

  /// floor(log2 |self|); `Int.min` for zero, `Int.max` for infinities and NaN.
  public var exponent: Int {
    if !isFinite { return Int.max }
    if isZero { return Int.min }
    let result = Arithmetic.evaluate(.logB, UInt64(bitPattern), format: Self.format)
    return Int(Int32(truncatingIfNeeded: result.value))
  }

  /// |self| 2^-exponent, in [1, 2) for finite nonzero values; zero, infinity and NaN are
  /// themselves.
  public var significand: Self {
    guard isFinite, !isZero else { return magnitude }
    return magnitude.scaled(by: -exponent)
  }

  /// self 2^n, rounded once.
  @inlinable
  public func scaled(by n: Int) -> Self {
    let bounded = Int32(truncatingIfNeeded: max(-100_000, min(100_000, n)))
    let result = Arithmetic.evaluate(
      .scaleB, UInt64(bitPattern), UInt64(UInt32(bitPattern: bounded)), format: Self.format)
    return Self(bitPattern: BitPattern(truncatingIfNeeded: result.value))
  }

  /// ± significand 2^exponent, rounded once.
  public init(sign: FloatingPointSign, exponent: Int, significand: Self) {
    let scaled = significand.scaled(by: exponent)
    self = sign == .minus ? -scaled : scaled
  }

  /// 2^exponent of self with its sign; a zero is itself, infinity and NaN give NaN.
  public var binade: Self {
    guard isFinite else { return .nan }
    guard !isZero else { return self }
    return Self(sign: sign, exponent: exponent, significand: 1)
  }

  /// The number of bits needed to represent the significand less one; -1 for zero, infinity and
  /// NaN.
  public var significandWidth: Int {
    guard isFinite, !isZero else { return -1 }
    let bits =
      isSubnormal ? significandBitPattern : significandBitPattern | Self.format.smallestNormal
    return 31 - bits.leadingZeroBitCount - bits.trailingZeroBitCount
  }

  /// The unit in the last place; NaN for infinities and NaN.
  public var ulp: Self {
    guard isFinite else { return .nan }
    let field = Int(max(exponentBitPattern, 1)) - Self.format.bias
    return Self(sign: .plus, exponent: field - Self.format.fractionBits, significand: 1)
  }

  /// The least number greater than self.
  @inlinable public var nextUp: Self {
    Self.evaluate(.nextUp, self, nil, nil, Semantics(), 0).value
  }

  /// self is replaced by its IEEE remainder.
  @inlinable public mutating func formRemainder(dividingBy other: Self) {
    self = Self.evaluate(.remainder, self, other, nil, Semantics(), 0).value
  }

  /// self is replaced by the remainder of the truncating division, exact.
  public mutating func formTruncatingRemainder(dividingBy other: Self) {
    // FP64 holds both exactly, and the remainder is exact in it and in the format.
    let rest = doubleValue.truncatingRemainder(dividingBy: other.doubleValue)
    self = Self(rest)
  }

  /// self is replaced by its square root.
  @inlinable public mutating func formSquareRoot() { self = squareRoot() }

  /// self is replaced by self + a b, rounded once.
  @inlinable public mutating func addProduct(_ a: Self, _ b: Self) { self = addingProduct(a, b) }

  /// self is replaced by the integral value that the rule selects.
  public mutating func round(_ rule: FloatingPointRoundingRule) {
    let rounding: Rounding =
      switch rule {
      case .toNearestOrEven: .nearestEven
      case .toNearestOrAwayFromZero: .nearestAway
      case .towardZero: .towardZero
      case .up: .up
      case .down: .down
      case .awayFromZero: sign == .minus ? .down : .up
      @unknown default: .nearestEven
      }
    self =
      Self.evaluate(
        .roundToIntegral, self, nil, nil, Semantics(rounding: rounding), 0
      ).value
  }

  /// Whether self equals other.
  @inlinable public func isEqual(to other: Self) -> Bool { Self.relation(self, other) == .equal }
  /// Whether self is less than other.
  @inlinable public func isLess(than other: Self) -> Bool { Self.relation(self, other) == .less }
  /// Whether self is not greater than other.
  @inlinable public func isLessThanOrEqualTo(_ other: Self) -> Bool { self <= other }

  /// other - self.
  @inlinable public func distance(to other: Self) -> Self { other - self }
  /// self + amount.
  @inlinable public func advanced(by amount: Self) -> Self { self + amount }
}

// MARK: - Conversions

extension SoftwareBinaryFloatingPoint {
  /// An integer rounded once to nearest even.
  public init<Source: BinaryInteger>(_ value: Source) {
    self = Self.rounded(integer: value).value
  }

  /// An integer, nil unless the format holds it exactly.
  public init?<Source: BinaryInteger>(exactly value: Source) {
    let rounded = Self.rounded(integer: value)
    guard rounded.flags.isEmpty else { return nil }
    self = rounded.value
  }

  /// The leading 64 bits of the magnitude, and whether any follow.
  private static func rounded<Source: BinaryInteger>(integer value: Source) -> Rounded<Self> {
    let magnitude = value.magnitude
    let excess = max(0, magnitude.bitWidth - 64)
    let sticky = excess > 0 && magnitude.trailingZeroBitCount < excess && magnitude != 0
    let result = Arithmetic.round(
      negative: value < 0, significand: UInt64(truncatingIfNeeded: magnitude >> excess),
      exponent: excess, sticky: sticky, to: format)
    // A wide integer with a small value: its leading bits are zeros.
    if excess > 0, magnitude >> excess == 0 {
      let exact = Arithmetic.round(
        negative: value < 0, significand: UInt64(truncatingIfNeeded: magnitude), exponent: 0,
        to: format)
      return Rounded(value: encoded(UInt32(exact.value)), flags: exact.flags)
    }
    return Rounded(value: encoded(UInt32(result.value)), flags: result.flags)
  }

  /// An integer rounded once to nearest even.
  @inlinable public init(_ value: Int) { self.init(integerLiteral: Int64(value)) }

  /// A Float rounded once to nearest even.
  @inlinable public init(_ value: Float) {
    self = Binary32(bitPattern: value.bitPattern).converted(to: Self.self).value
  }

  #if arch(x86_64) || arch(i386)
    /// A Float80 rounded once to nearest even.
    public init(_ value: Float80) { self = Self.rounded(float: value).value }
  #endif

  /// A number of any binary floating-point type, rounded once to nearest even.
  public init<Source: BinaryFloatingPoint>(_ value: Source) {
    self = Self.rounded(float: value).value
  }

  /// A number of any binary floating-point type, nil unless the format holds it exactly; NaN is
  /// never exact.
  public init?<Source: BinaryFloatingPoint>(exactly value: Source) {
    let rounded = Self.rounded(float: value)
    guard !value.isNaN, rounded.flags.isEmpty else { return nil }
    self = rounded.value
  }

  private static func rounded<Source: BinaryFloatingPoint>(float value: Source) -> Rounded<Self> {
    if value.isNaN || value.isInfinite {
      let special = value.isNaN ? Double.nan : Double.infinity
      return rounding(value.sign == .minus ? -special : special)
    }
    guard value != 0 else {
      return Rounded(value: value.sign == .minus ? -encoded(0) : encoded(0), flags: [])
    }
    // The significand in [1, 2) has its leading 64 bits taken as an integer, in two halves so that
    // each is exact in any type.
    let scale = Source(sign: .plus, exponent: 31, significand: 1)
    let first = value.significand * scale
    let high = first.rounded(.towardZero)
    let second = (first - high) * scale * 2
    let low = second.rounded(.towardZero)
    let result = Arithmetic.round(
      negative: value.sign == .minus, significand: UInt64(high) << 32 | UInt64(low),
      exponent: Int(value.exponent) - 63, sticky: second != low, to: format)
    return Rounded(value: encoded(UInt32(result.value)), flags: result.flags)
  }
}
