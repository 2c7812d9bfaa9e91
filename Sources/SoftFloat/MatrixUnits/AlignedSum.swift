// SPDX-License-Identifier: Apache-2.0
import Formats

/// CDNA3's sums: products and accumulator are aligned one after the other.
enum AlignedSum {
  /// Fraction bits that a product keeps below the largest one.
  static let productBits = 24
  /// Fraction bits that the sum of products keeps below the largest exponent.
  static let sumBits = 32
  /// Fraction bits that c keeps below it.
  static let accumulatorBits = 24
  /// Fraction bits of the whole sum before it is rounded.
  static let resultBits = 31

  static func dotAdd(
    _ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>, _ c: Float,
    _ formats: (Format, Format)
  ) -> Float {
    // A product from 2^128 on is infinite before anything is added; in FP64 it is exact.
    let special = UnitSpecials.result(a, b, c) {
      (Double($0) * Double($1)).magnitude >= 0x1p128
    }
    if let special { return special }
    let products = a.indices.map { UnitTerm(a[$0], formats.0) * UnitTerm(b[$0], formats.1) }
    let start = UnitTerm(c, .fp32)
    let startExponent = start.isZero ? Format.fp32.minExponent : start.exponent
    let largestProduct = products.filter { !$0.isZero }.map(\.exponent).max() ?? startExponent
    let largest = max(largestProduct, startExponent)
    let sum = products.reduce(Int64(0)) {
      $0
        + $1.truncated(
          toUnit: largestProduct - productBits, fractionBits: 2 * UnitTerm.fractionBits)
    }
    let unit = largest - sumBits
    // Shifts to the right of negative numbers round down.
    let products32 = sum >> (unit - (largestProduct - productBits))
    let start24 =
      start.signed >> ((largest - accumulatorBits) - (start.exponent - UnitTerm.fractionBits))
    let total = products32 + start24 << Int64(sumBits - accumulatorBits)
    let leading = Int64.bitWidth - 1 - total.magnitude.leadingZeroBitCount + unit
    let lowest = max(leading, Format.fp32.minExponent) - resultBits
    let dropped = total == 0 ? 0 : max(0, lowest - unit)
    let kept = total >> Int64(dropped)
    let rounded = Arithmetic.round(
      negative: kept < 0, significand: kept.magnitude, exponent: unit + dropped, to: .fp32)
    return UnitOperations.single(rounded.value, .fp32)
  }
}
