// SPDX-License-Identifier: Apache-2.0
import Formats

/// An exact sum of products of two FP64 numbers: a fixed-point number in two's complement, wide
/// enough for 2^32 of them (Kulisch, 1971).
package struct FixedPointSum {
  /// The exponent of the last bit, below that of the product of two least subnormal numbers.
  private static let lastExponent = -2240
  /// Bits up to 2^2240: the largest product is below 2^2048.
  private static let limbCount = 70

  private var limbs = [UInt64](repeating: 0, count: limbCount)

  /// Adds or takes off significand 2^exponent, an exponent that a product of FP64 numbers has.
  mutating func add(isNegative: Bool, significand: UInt64, exponent: Int) {
    let position = exponent - FixedPointSum.lastExponent
    let shift = UInt64(position % 64)
    let low = significand << shift
    let high = shift == 0 ? 0 : significand >> (64 - shift)
    var index = position / 64
    var carry = false
    for part in [low, high] {
      carry = change(at: index, by: part, carry: carry, isNegative: isNegative)
      index += 1
    }
    while carry, index < limbs.count {
      carry = change(at: index, by: 0, carry: true, isNegative: isNegative)
      index += 1
    }
  }

  @inline(__always)
  private mutating func change(
    at index: Int, by part: UInt64, carry: Bool, isNegative: Bool
  ) -> Bool {
    let first =
      isNegative
      ? limbs[index].subtractingReportingOverflow(part)
      : limbs[index].addingReportingOverflow(part)
    let second =
      isNegative
      ? first.partialValue.subtractingReportingOverflow(carry ? 1 : 0)
      : first.partialValue.addingReportingOverflow(carry ? 1 : 0)
    limbs[index] = second.partialValue
    return first.overflow || second.overflow
  }

  /// Adds a finite number, or takes it off.
  mutating func add(_ x: ValueFormat.Parts, negated: Bool = false) {
    add(
      isNegative: x.isNegative != negated, significand: x.significand, exponent: x.exponent)
  }

  /// Adds the product of two finite numbers, or takes it off.
  mutating func addProduct(_ x: ValueFormat.Parts, _ y: ValueFormat.Parts, negated: Bool = false) {
    let isNegative = (x.isNegative != y.isNegative) != negated
    let product = x.significand.multipliedFullWidth(by: y.significand)
    let exponent = x.exponent + y.exponent
    add(isNegative: isNegative, significand: product.low, exponent: exponent)
    if product.high != 0 {
      add(isNegative: isNegative, significand: product.high, exponent: exponent + 64)
    }
  }

  mutating func add(_ other: FixedPointSum) {
    var carry = false
    for index in limbs.indices {
      carry = change(at: index, by: other.limbs[index], carry: carry, isNegative: false)
    }
  }

  /// The sum; a zero is positive.
  package var value: BigDyadic {
    let isNegative = limbs[limbs.count - 1] >> 63 == 1
    var magnitude = BigNatural()
    var carry = isNegative
    var words: [UInt64] = []
    for limb in limbs {
      let (word, overflow) = (isNegative ? ~limb : limb).addingReportingOverflow(carry ? 1 : 0)
      carry = overflow
      words.append(word)
    }
    let first = words.firstIndex { $0 != 0 } ?? words.count
    let end = (words.lastIndex { $0 != 0 } ?? -1) + 1
    for word in words[min(first, end)..<end].reversed() {
      magnitude = magnitude << 64 + BigNatural(word)
    }
    return BigDyadic(isNegative, magnitude, FixedPointSum.lastExponent + 64 * min(first, end))
  }
}
