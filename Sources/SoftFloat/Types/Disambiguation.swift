// SPDX-License-Identifier: Apache-2.0
import Formats

// The standard library's defaults for `FloatingPoint` and ours for `SoftwareArithmetic` meet in
// `SoftwareBinaryFloatingPoint`; ours are chosen here.
extension SoftwareBinaryFloatingPoint {
  /// Whether both are numbers and equal.
  @inlinable public static func == (a: Self, b: Self) -> Bool { relation(a, b) == .equal }
  /// Whether both are numbers and a is less.
  @inlinable public static func < (a: Self, b: Self) -> Bool { relation(a, b) == .less }
  /// Whether both are numbers and a is not greater.
  @inlinable public static func <= (a: Self, b: Self) -> Bool {
    let relation = relation(a, b)
    return relation == .less || relation == .equal
  }
  /// Whether both are numbers and a is greater.
  @inlinable public static func > (a: Self, b: Self) -> Bool { relation(a, b) == .greater }
  /// Whether both are numbers and a is not less.
  @inlinable public static func >= (a: Self, b: Self) -> Bool { b <= a }

  /// a with its sign inverted, NaNs included.
  @inlinable public static prefix func - (a: Self) -> Self {
    Self(bitPattern: a.bitPattern ^ BitPattern(truncatingIfNeeded: format.signMask))
  }
  /// The sum, assigned.
  @inlinable public static func += (a: inout Self, b: Self) { a = a + b }
  /// The difference, assigned.
  @inlinable public static func -= (a: inout Self, b: Self) { a = a - b }

  /// The square root, rounded to nearest even.
  @inlinable public func squareRoot() -> Self {
    Self(word: Arithmetic.squareRoot(word, Self.context, random: 0, ScalarScope.self).bits)
  }

  /// self + a · b with one rounding to nearest even.
  @inlinable public func addingProduct(_ a: Self, _ b: Self) -> Self {
    Self(
      word: Arithmetic.fusedMultiplyAdd(
        a.word, b.word, word, Self.context, random: 0, ScalarScope.self
      ).bits)
  }

  /// A Double rounded once to nearest even.
  @inlinable public init(_ source: Double) { self = Self.rounding(source).value }
}
