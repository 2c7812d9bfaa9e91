// SPDX-License-Identifier: Apache-2.0
import Formats

/// ± magnitude 2^unit, for an oracle that shares nothing with the units' own integers: every
/// product of two FP32 numbers is one, and every operation is exact or says how it rounds.
package struct FixedPoint: Sendable {
  /// Below the last bit of any product of FP32 numbers.
  static let unit = -600

  var isNegative = false
  var magnitude = BigNatural()
  /// Whether an infinity had a part in it: it then has no value.
  var isOverflow = false

  init() {}

  /// An FP32 number.
  init(_ x: Float) {
    guard x.isFinite else {
      isOverflow = true
      return
    }
    guard x != 0 else { return }
    isNegative = x < 0
    // A power of two times an odd integer of at most 24 bits.
    let odd = x.magnitude.significand * 0x1p23
    magnitude = BigNatural(UInt64(odd)) << (Int(x.exponent) - 23 - Self.unit)
  }

  static func * (a: Self, b: Self) -> Self {
    var product = FixedPoint()
    product.isNegative = a.isNegative != b.isNegative
    product.isOverflow = a.isOverflow || b.isOverflow
    product.magnitude = (a.magnitude * b.magnitude) >> -unit
    return product
  }

  static func + (a: Self, b: Self) -> Self {
    var sum = a
    sum.isOverflow = a.isOverflow || b.isOverflow
    if a.isNegative == b.isNegative {
      sum.magnitude = a.magnitude + b.magnitude
    } else if a.magnitude < b.magnitude {
      sum.isNegative = b.isNegative
      sum.magnitude = b.magnitude - a.magnitude
    } else {
      sum.magnitude = a.magnitude - b.magnitude
    }
    return sum
  }

  var isZero: Bool { magnitude.isZero }

  /// floor(log2 |x|), where it is not zero.
  var exponent: Int { magnitude.bitWidth - 1 + Self.unit }

  package enum Direction { case towardZero, down, nearest, odd }

  /// The multiple of 2^grid in a direction.
  func rounded(toGrid grid: Int, _ direction: Direction) -> Self {
    guard grid > Self.unit else { return self }
    let shift = grid - Self.unit
    let quotient = magnitude >> shift
    let rest = magnitude - (quotient << shift)
    let (twice, step) = (rest + rest, BigNatural(1) << shift)
    let isUp =
      switch direction {
      case .towardZero: false
      case .down: isNegative && !rest.isZero
      case .nearest: step < twice || (twice == step && quotient.bit(0))
      case .odd: !rest.isZero && !quotient.bit(0)
      }
    let count = isUp ? quotient + BigNatural(1) : quotient
    var result = self
    result.magnitude = count << shift
    return result
  }

  /// The value with so many fraction bits, fewer below 2^smallest.
  func rounded(fractionBits: Int, smallest: Int, _ direction: Direction) -> Self {
    isZero ? self : rounded(toGrid: max(exponent, smallest) - fractionBits, direction)
  }

  /// The FP32 number of this value, NaN of none, infinite from 2^128 on; a zero is +0.
  ///
  /// - Precondition: it has at most 24 bits.
  var single: Float {
    if isOverflow { return .nan }
    guard !isZero else { return 0 }
    guard exponent < 128 else { return isNegative ? -.infinity : .infinity }
    let lowest = max(exponent - 23, -149)
    let bits = (magnitude >> (lowest - Self.unit)).low64
    let value = Float(Double(bits) * Double(sign: .plus, exponent: lowest, significand: 1))
    return isNegative ? -value : value
  }

  /// The nearest FP32 number.
  var nearestSingle: Float { rounded(fractionBits: 23, smallest: -126, .nearest).single }
}
