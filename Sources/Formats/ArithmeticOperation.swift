// SPDX-License-Identifier: Apache-2.0

/// An operation of the arithmetic (IEEE 754-2019, clauses 5 and 9.6).
public enum ArithmeticOperation: String, Hashable, Sendable, Codable, CaseIterable {
  case add, sub, mul, div, sqrt, fma
  /// x - n y with n the integer nearest x / y, ties to even; exact.
  case remainder
  /// The integral value in the rounding direction; signals inexact.
  case roundToIntegral
  /// IEEE 754-2019 minimum: NaN wins, -0 < +0.
  case minimum
  /// IEEE 754-2019 maximum: NaN wins, -0 < +0.
  case maximum
  /// IEEE 754-2019 minimumNumber: a number wins over NaN, -0 < +0.
  case minimumNumber
  /// IEEE 754-2019 maximumNumber: a number wins over NaN, -0 < +0.
  case maximumNumber
  /// The relation of two operands; a signaling NaN signals invalid.
  case compareQuiet
  /// The relation of two operands; any NaN signals invalid.
  case compareSignaling
  case nextUp, nextDown
  /// x 2^n, n the second operand, a 32-bit two's-complement integer.
  case scaleB
  /// floor(log2 |x|) as an Int32.
  case logB
  /// To another floating-point format.
  case convert
  case toInt32, toInt64, fromInt32, fromInt64

  /// The number of operands.
  public var arity: Int { signature.operands }

  /// Whether the result depends on the rounding direction for some operands.
  public var rounds: Bool { signature.rounds }
}

/// The relation of two floating-point numbers (IEEE 754-2019, clause 5.11), as `compareQuiet` and
/// `compareSignaling` deliver it.
public enum Relation: UInt8, Hashable, Sendable, Codable {
  case less, equal, greater, unordered
}
