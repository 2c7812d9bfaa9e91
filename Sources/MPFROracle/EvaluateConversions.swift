// SPDX-License-Identifier: Apache-2.0
import Formats

extension Oracle {
  /// An operand in another format.
  static func convert(
    _ x: Operand, to format: Format, _ semantics: Semantics, index: UInt64
  ) -> Rounded<UInt64> {
    if case .infinity(let negative) = x,
      !format.hasInfinity || semantics.overflow == .saturate
    {
      if format.specials == .scale && negative {
        return Rounded(value: format.invalidResult, flags: .invalid)
      }
      var nearest = semantics
      nearest.rounding = .nearestEven
      return format.overflow(negative: negative, nearest)
    }
    let never = Operand.zero(negative: false)
    guard let outcome = Exact.outcome(.convert, x, never, never) else {
      preconditionFailure("a conversion rounds an exact value")
    }
    return format.deliver(outcome, semantics, index: index)
  }

  /// x 2^n, rounded once.
  static func scaleB(
    _ x: Operand, _ n: Int32, _ format: Format, _ semantics: Semantics, index: UInt64
  ) -> Rounded<UInt64> {
    format.deliver(scaled(x, by: n), semantics, index: index)
  }

  /// The outcome x 2^n.
  static func scaled(_ x: Operand, by n: Int32) -> Outcome {
    let never = Operand.zero(negative: false)
    if let special = Exact.special(.scaleB, x, never, never) { return special }
    guard case .number(var value) = x else {
      preconditionFailure("what is not special is a number")
    }
    value.exponent += Int(n)
    return .number(Unrounded(value))
  }

  /// The integral value next to x in the rounding direction.
  static func roundToIntegral(
    _ x: Operand, _ format: Format, _ semantics: Semantics, index: UInt64
  ) -> Rounded<UInt64> {
    let never = Operand.zero(negative: false)
    if let special = Exact.special(.roundToIntegral, x, never, never) {
      return format.deliver(special, semantics, index: index)
    }
    guard case .number(let value) = x else {
      preconditionFailure("what is not special is a number")
    }
    // From 2^(p-1) on every number of the format is an integer.
    if value.leadingExponent >= format.precision - 1 {
      return format.deliver(.number(Unrounded(value)), semantics, index: index)
    }
    let (units, isInexact) =
      Unrounded(value).rounded(toUnit: 0, semantics.rounding, index: index)
    let outcome: Outcome =
      if units == 0 {
        .zero(negative: value.negative)
      } else {
        .number(
          Unrounded(Dyadic(negative: value.negative, significand: units, exponent: 0)))
      }
    var result = format.deliver(outcome, semantics, index: index)
    if isInexact { result.flags.insert(.inexact) }
    return result
  }

  /// x rounded to an integer and then range-checked; NaN gives 0.
  static func toInteger<Integer: FixedWidthInteger & SignedInteger>(
    _ x: Operand, _ type: Integer.Type, _ rounding: Rounding, index: UInt64
  ) -> Rounded<UInt64> {
    let value: Dyadic
    switch x {
    case .nan: return Rounded(value: 0, flags: .invalid)
    case .zero: return Rounded(value: 0, flags: [])
    case .infinity(let negative): return outOfRange(type, negative: negative)
    case .number(let number): value = number
    }
    // 2^63 is out of range for the widest type, save for -2^63 itself.
    guard value.leadingExponent <= 63 else { return outOfRange(type, negative: value.negative) }
    let (units, isInexact) = Unrounded(value).rounded(toUnit: 0, rounding, index: index)
    let limit = value.negative ? Integer.min.magnitude : Integer.max.magnitude
    guard units <= UInt64(limit) else { return outOfRange(type, negative: value.negative) }
    let integer = value.negative ? 0 &- units : units
    return Rounded(
      value: pattern(Int64(bitPattern: integer), type), flags: isInexact ? .inexact : [])
  }

  private static func outOfRange<Integer: FixedWidthInteger & SignedInteger>(
    _ type: Integer.Type, negative: Bool
  ) -> Rounded<UInt64> {
    let limit = negative ? Int64(Integer.min) : Int64(Integer.max)
    return Rounded(value: pattern(limit, type), flags: .invalid)
  }

  /// The low bits of an integer that the type has, right-aligned.
  static func pattern<Integer: FixedWidthInteger>(
    _ value: Int64, _ type: Integer.Type
  ) -> UInt64 {
    let unused = UInt64(64 - Integer.bitWidth)
    return (UInt64(bitPattern: value) << unused) >> unused
  }

  /// An integer rounded into a format.
  static func fromInteger(
    _ value: Int64, _ format: Format, _ semantics: Semantics, index: UInt64
  ) -> Rounded<UInt64> {
    let outcome: Outcome =
      if value == 0 {
        .zero(negative: false)
      } else {
        .number(
          Unrounded(Dyadic(negative: value < 0, significand: value.magnitude, exponent: 0)))
      }
    return format.deliver(outcome, semantics, index: index)
  }

  /// floor(log2 |x|).
  static func logB(_ x: Operand) -> Rounded<UInt64> {
    switch x {
    case .number(let value):
      Rounded(value: pattern(Int64(value.leadingExponent), Int32.self), flags: [])
    case .infinity:
      Rounded(value: pattern(Int64(Int32.max), Int32.self), flags: .invalid)
    case .zero, .nan:
      Rounded(value: pattern(Int64(Int32.min), Int32.self), flags: .invalid)
    }
  }
}
