// SPDX-License-Identifier: Apache-2.0
import Formats

/// A software float with the four operations and their kin, inlined.
///
/// The explicit operations take the semantics and return the exceptions; the operators use the
/// defaults (nearest even, gradual underflow, canonical NaN) and drop them.
public protocol SoftwareArithmetic: SoftwareFloat {}

extension SoftwareArithmetic {
  @inlinable @inline(__always)
  static var context: Context<Word> { Context(format, Semantics()) }

  /// The sum, rounded to nearest even.
  @inlinable
  public static func + (a: Self, b: Self) -> Self {
    Self(word: Arithmetic.add(a.word, b.word, context, random: 0, ScalarScope.self).bits)
  }

  /// The difference, rounded to nearest even.
  @inlinable
  public static func - (a: Self, b: Self) -> Self {
    Self(word: Arithmetic.subtract(a.word, b.word, context, random: 0, ScalarScope.self).bits)
  }

  /// The product, rounded to nearest even.
  @inlinable
  public static func * (a: Self, b: Self) -> Self {
    Self(word: Arithmetic.multiply(a.word, b.word, context, random: 0, ScalarScope.self).bits)
  }

  /// The quotient, rounded to nearest even.
  @inlinable
  public static func / (a: Self, b: Self) -> Self {
    Self(word: Arithmetic.divide(a.word, b.word, context, random: 0, ScalarScope.self).bits)
  }

  /// a with its sign inverted, NaNs included.
  @inlinable
  public static prefix func - (a: Self) -> Self {
    Self(bitPattern: a.bitPattern ^ BitPattern(truncatingIfNeeded: format.signMask))
  }

  /// The sum, assigned.
  @inlinable public static func += (a: inout Self, b: Self) { a = a + b }
  /// The difference, assigned.
  @inlinable public static func -= (a: inout Self, b: Self) { a = a - b }
  /// The product, assigned.
  @inlinable public static func *= (a: inout Self, b: Self) { a = a * b }
  /// The quotient, assigned.
  @inlinable public static func /= (a: inout Self, b: Self) { a = a / b }

  /// The square root, rounded to nearest even.
  @inlinable
  public func squareRoot() -> Self {
    Self(word: Arithmetic.squareRoot(word, Self.context, random: 0, ScalarScope.self).bits)
  }

  /// self + a · b with one rounding to nearest even.
  @inlinable
  public func addingProduct(_ a: Self, _ b: Self) -> Self {
    Self(
      word: Arithmetic.fusedMultiplyAdd(
        a.word, b.word, word, Self.context, random: 0, ScalarScope.self
      ).bits)
  }

  /// Whether the value is NaN.
  @inlinable
  public var isNaN: Bool { Self.context.isNaN(word & Self.context.magnitudeMask) }
}

// MARK: - Explicit operations

// Always inlined, so that the context of known semantics folds.
extension SoftwareArithmetic {
  /// self + other under the given semantics, with the exceptions signalled.
  @inlinable @inline(__always)
  public func adding(
    _ other: Self, semantics: Semantics, index: UInt64 = 0
  ) -> Rounded<Self> {
    guard semantics.isPlain else {
      return Self.evaluate(.add, self, other, nil, semantics, index)
    }
    let context = Context<Word>(Self.format, semantics)
    return Self.rounded(
      Arithmetic.add(word, other.word, context, random: 0, ScalarScope.self))
  }

  /// self - other under the given semantics, with the exceptions signalled.
  @inlinable @inline(__always)
  public func subtracting(
    _ other: Self, semantics: Semantics, index: UInt64 = 0
  ) -> Rounded<Self> {
    guard semantics.isPlain else {
      return Self.evaluate(.sub, self, other, nil, semantics, index)
    }
    let context = Context<Word>(Self.format, semantics)
    return Self.rounded(
      Arithmetic.subtract(word, other.word, context, random: 0, ScalarScope.self))
  }

  /// self · other under the given semantics, with the exceptions signalled.
  @inlinable @inline(__always)
  public func multiplied(
    by other: Self, semantics: Semantics, index: UInt64 = 0
  ) -> Rounded<Self> {
    guard semantics.isPlain else {
      return Self.evaluate(.mul, self, other, nil, semantics, index)
    }
    let context = Context<Word>(Self.format, semantics)
    return Self.rounded(
      Arithmetic.multiply(word, other.word, context, random: 0, ScalarScope.self))
  }

  /// self / other under the given semantics, with the exceptions signalled.
  @inlinable @inline(__always)
  public func divided(
    by other: Self, semantics: Semantics, index: UInt64 = 0
  ) -> Rounded<Self> {
    guard semantics.isPlain else {
      return Self.evaluate(.div, self, other, nil, semantics, index)
    }
    let context = Context<Word>(Self.format, semantics)
    return Self.rounded(
      Arithmetic.divide(word, other.word, context, random: 0, ScalarScope.self))
  }

  /// self + a · b with one rounding under the given semantics, with the exceptions signalled.
  @inlinable @inline(__always)
  public func addingProduct(
    _ a: Self, _ b: Self, semantics: Semantics, index: UInt64 = 0
  ) -> Rounded<Self> {
    guard semantics.isPlain else {
      return Self.evaluate(.fma, a, b, self, semantics, index)
    }
    let context = Context<Word>(Self.format, semantics)
    return Self.rounded(
      Arithmetic.fusedMultiplyAdd(a.word, b.word, word, context, random: 0, ScalarScope.self))
  }

  /// The square root under the given semantics, with the exceptions signalled.
  @inlinable @inline(__always)
  public func squareRoot(
    semantics: Semantics, index: UInt64 = 0
  ) -> Rounded<Self> {
    guard semantics.isPlain else {
      return Self.evaluate(.sqrt, self, nil, nil, semantics, index)
    }
    let context = Context<Word>(Self.format, semantics)
    return Self.rounded(
      Arithmetic.squareRoot(word, context, random: 0, ScalarScope.self))
  }
}
