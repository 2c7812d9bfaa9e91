// SPDX-License-Identifier: Apache-2.0

/// The direction in which an inexact result is rounded (IEEE 754-2019, clause 4.3, and two more).
public enum Rounding: Hashable, Sendable {
  /// To the nearest, ties to the even significand.
  case nearestEven
  /// To the nearest, ties away from zero.
  case nearestAway
  /// Toward zero.
  case towardZero
  /// Toward positive infinity.
  case up
  /// Toward negative infinity.
  case down
  /// To the neighbour with the odd significand: a later rounding to p - 2 bits is then exact
  /// (Boldo and Melquiond, 2008).
  case toOdd
  /// Up in magnitude with the probability floor(f 2^bits) / 2^bits, f the discarded fraction of an
  /// ulp; `bits` in 1...32. The random word is a function of the seed and the element's index.
  case stochastic(bits: Int, seed: UInt64)

  /// The five rounding-direction attributes of IEEE 754-2019.
  public static let ieee: [Rounding] = [.nearestEven, .nearestAway, .towardZero, .up, .down]
  /// The deterministic roundings: the five of IEEE 754-2019 and to-odd.
  public static let deterministic: [Rounding] = ieee + [.toOdd]
}

/// When a nonzero result counts as tiny (IEEE 754-2019, clause 7.5).
public enum Tininess: String, Hashable, Sendable, Codable, CaseIterable {
  /// Below 2^emin when rounded to p bits with an unbounded exponent (x86, RISC-V).
  case afterRounding = "after"
  /// Below 2^emin before rounding (Arm).
  case beforeRounding = "before"
}

/// What happens to subnormal numbers.
public enum SubnormalMode: String, Hashable, Sendable, Codable, CaseIterable {
  /// Gradual underflow, as IEEE 754 demands.
  case gradual
  /// A tiny result becomes a zero of its sign, with underflow and inexact (FTZ).
  case flushResults = "ftz"
  /// A subnormal operand counts as a zero of its sign, without a flag (DAZ).
  case flushOperands = "daz"
  /// FTZ and DAZ.
  case flushBoth = "ftz-daz"

  /// Whether tiny results become zero.
  @inlinable public var flushesResults: Bool {
    switch self {
    case .flushResults, .flushBoth: true
    case .gradual, .flushOperands: false
    }
  }
  /// Whether subnormal operands count as zero.
  @inlinable public var flushesOperands: Bool {
    switch self {
    case .flushOperands, .flushBoth: true
    case .gradual, .flushResults: false
    }
  }
}

/// Which NaN an operation delivers.
public enum NaNPolicy: String, Hashable, Sendable, Codable, CaseIterable {
  /// The canonical quiet NaN, positive (RISC-V; Arm's default-NaN mode).
  case canonical
  /// The first NaN operand, made quiet; the canonical NaN when an invalid operation made it.
  case propagateFirst = "propagate"
}

/// What an overflow delivers.
public enum OverflowPolicy: String, Hashable, Sendable, Codable, CaseIterable {
  /// IEEE 754-2019, clause 7.4. Where the format has no infinity, its NaN stands for it; where it
  /// has neither, the largest finite number does.
  case ieee
  /// The largest finite number of the result's sign, also for an infinity that a conversion meets.
  case saturate
}

/// The attributes under which an operation is evaluated.
public struct Semantics: Hashable, Sendable {
  /// The rounding direction.
  public var rounding: Rounding
  /// When a result counts as tiny.
  public var tininess: Tininess
  /// What happens to subnormal numbers.
  public var subnormals: SubnormalMode
  /// Which NaN is delivered.
  public var nan: NaNPolicy
  /// What an overflow delivers.
  public var overflow: OverflowPolicy

  /// The default attributes: nearest even, tininess after rounding, gradual underflow, canonical
  /// NaN, IEEE overflow.
  @inlinable
  public init(
    rounding: Rounding = .nearestEven, tininess: Tininess = .afterRounding,
    subnormals: SubnormalMode = .gradual, nan: NaNPolicy = .canonical,
    overflow: OverflowPolicy = .ieee
  ) {
    self.rounding = rounding
    self.tininess = tininess
    self.subnormals = subnormals
    self.nan = nan
    self.overflow = overflow
  }
}

/// The exceptions that an operation signals (IEEE 754-2019, clause 7), in TestFloat's bit order.
public struct Exceptions: OptionSet, Hashable, Sendable, Codable {
  /// The bits: 1 inexact, 2 underflow, 4 overflow, 8 divide by zero, 16 invalid.
  public var rawValue: UInt8
  /// The exceptions with the given bits.
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// The delivered value differs from the exact one.
  @inlinable public static var inexact: Exceptions { Exceptions(rawValue: 1) }
  /// The result is tiny and inexact.
  @inlinable public static var underflow: Exceptions { Exceptions(rawValue: 2) }
  /// The rounded result exceeds the largest finite number.
  @inlinable public static var overflow: Exceptions { Exceptions(rawValue: 4) }
  /// An exact infinity from finite operands.
  @inlinable public static var divideByZero: Exceptions { Exceptions(rawValue: 8) }
  /// No result is usefully definable.
  @inlinable public static var invalid: Exceptions { Exceptions(rawValue: 16) }
}

extension Exceptions: CustomStringConvertible {
  /// The exceptions as five letters in TestFloat's notation, `v` invalid, `i` infinite (divide by
  /// zero), `o` overflow, `u` underflow, `x` inexact, a dot for each that is absent.
  public var description: String {
    let letters: [(Exceptions, Character)] = [
      (.invalid, "v"), (.divideByZero, "i"), (.overflow, "o"), (.underflow, "u"), (.inexact, "x"),
    ]
    return String(letters.map { contains($0.0) ? $0.1 : "." })
  }
}

/// A value and the exceptions its computation signalled.
public struct Rounded<Value> {
  /// The delivered result.
  public var value: Value
  /// The exceptions signalled.
  public var flags: Exceptions
  /// The pair.
  @inlinable public init(value: Value, flags: Exceptions) {
    self.value = value
    self.flags = flags
  }
}

extension Rounded: Sendable where Value: Sendable {}
extension Rounded: Equatable where Value: Equatable {}
