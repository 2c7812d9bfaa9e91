// SPDX-License-Identifier: Apache-2.0
import Formats

/// The classes of a sum's terms, which decide what it is where no number is its value.
///
/// A NaN, a product of a zero and an infinity, and infinities of both signs give a NaN; infinities
/// of one sign give it (IEEE 754-2019, clauses 6.1 and 7.2). An exact sum that is zero is +0, and
/// -0 where all terms are -0 (clause 6.3, to nearest).
struct TermSpecials: OptionSet, Hashable, Sendable {
  let rawValue: UInt8

  static let nan = TermSpecials(rawValue: 1)
  static let positiveInfinity = TermSpecials(rawValue: 2)
  static let negativeInfinity = TermSpecials(rawValue: 4)
  static let positiveZero = TermSpecials(rawValue: 8)
  static let negativeZero = TermSpecials(rawValue: 16)
  static let nonzero = TermSpecials(rawValue: 32)

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The class of a number.
  init(_ x: Decoded) {
    self =
      x.isNaN
      ? .nan : x.isInfinite ? .infinity(x.isNegative) : x.isZero ? .zero(x.isNegative) : .nonzero
  }

  /// The class of the product of two numbers.
  init(_ x: Decoded, _ y: Decoded) {
    let isNegative = x.isNegative != y.isNegative
    if x.isNaN || y.isNaN {
      self = .nan
    } else if x.isInfinite || y.isInfinite {
      self = x.isZero || y.isZero ? .nan : .infinity(isNegative)
    } else {
      self = x.isZero || y.isZero ? .zero(isNegative) : .nonzero
    }
  }

  private static func infinity(_ isNegative: Bool) -> Self {
    isNegative ? .negativeInfinity : .positiveInfinity
  }

  private static func zero(_ isNegative: Bool) -> Self {
    isNegative ? .negativeZero : .positiveZero
  }

  /// The classes of the terms with the other signs.
  var negated: Self {
    var result = intersection([.nan, .nonzero])
    if contains(.positiveInfinity) { result.insert(.negativeInfinity) }
    if contains(.negativeInfinity) { result.insert(.positiveInfinity) }
    if contains(.positiveZero) { result.insert(.negativeZero) }
    if contains(.negativeZero) { result.insert(.positiveZero) }
    return result
  }

  /// The NaN or the infinity that the sum is; nil where it is a number.
  var value: Double? {
    if contains(.nan) || isSuperset(of: [.positiveInfinity, .negativeInfinity]) { return .nan }
    if contains(.positiveInfinity) { return .infinity }
    return contains(.negativeInfinity) ? -.infinity : nil
  }

  /// The zero that the sum is where it is one.
  var zero: Double { self == .negativeZero ? -0.0 : 0 }
}
