// SPDX-License-Identifier: Apache-2.0

/// A rounding direction as a type, so that a loop over values is specialised for it.
protocol ValueDirection {
  /// Whether an overflow delivers what a rounded infinity does.
  static var overflowsToInfinity: Bool { get }

  /// A magnitude rounded to a multiple of 2^shift; `mask` is 2^shift - 1, `negative` all ones for a
  /// negative number.
  static func round<Word: ValueWord>(
    _ magnitude: Word, shift: Word, mask: Word, negative: Word
  ) -> Word

  /// A magnitude rounded to a multiple of `unit`, given the nearest one, ties to even. `magic` is
  /// 2^23 units: in a sum with it the last bit counts units.
  static func round(
    _ magnitude: Float, nearest: Float, unit: Float, magic: Float, negative: Int32
  ) -> Float
}

/// A number where the condition holds, else zero.
@inline(__always)
func number(_ x: Float, where condition: Bool) -> Float {
  Float(bitPattern: select(condition, x.bitPattern, 0))
}

/// To the nearest, ties to even: half a unit less one, and one more after an odd bit.
enum NearestEvenValue: ValueDirection {
  @inline(__always) static var overflowsToInfinity: Bool { true }

  @inline(__always)
  static func round<Word: ValueWord>(
    _ magnitude: Word, shift: Word, mask: Word, negative: Word
  ) -> Word {
    let odd = magnitude.shiftedRight(shift) & mask & 1
    return (magnitude &+ (mask &>> 1) &+ odd) & ~mask
  }

  @inline(__always)
  static func round(
    _ magnitude: Float, nearest: Float, unit: Float, magic: Float, negative: Int32
  ) -> Float { nearest }
}

/// To the nearest, ties away from zero: half a unit.
enum NearestAwayValue: ValueDirection {
  @inline(__always) static var overflowsToInfinity: Bool { true }

  @inline(__always)
  static func round<Word: ValueWord>(
    _ magnitude: Word, shift: Word, mask: Word, negative: Word
  ) -> Word { (magnitude &+ (mask &>> 1) &+ (mask & 1)) & ~mask }

  @inline(__always)
  static func round(
    _ magnitude: Float, nearest: Float, unit: Float, magic: Float, negative: Int32
  ) -> Float {
    // A tie that went down; the difference is exact.
    nearest + number(unit, where: magnitude - nearest >= 0.5 * unit)
  }
}

/// Toward zero.
enum TowardZeroValue: ValueDirection {
  @inline(__always) static var overflowsToInfinity: Bool { false }

  @inline(__always)
  static func round<Word: ValueWord>(
    _ magnitude: Word, shift: Word, mask: Word, negative: Word
  ) -> Word { magnitude & ~mask }

  @inline(__always)
  static func round(
    _ magnitude: Float, nearest: Float, unit: Float, magic: Float, negative: Int32
  ) -> Float { nearest - number(unit, where: nearest > magnitude) }
}

/// Toward positive infinity: a unit less one, for positive numbers.
enum UpwardValue: ValueDirection {
  @inline(__always) static var overflowsToInfinity: Bool { false }

  @inline(__always)
  static func round<Word: ValueWord>(
    _ magnitude: Word, shift: Word, mask: Word, negative: Word
  ) -> Word { (magnitude &+ (mask & ~negative)) & ~mask }

  @inline(__always)
  static func round(
    _ magnitude: Float, nearest: Float, unit: Float, magic: Float, negative: Int32
  ) -> Float {
    let lower = nearest - number(unit, where: nearest > magnitude)
    let raised = lower + number(unit, where: lower < magnitude)
    return Float(
      bitPattern: select(negative != 0, lower.bitPattern, raised.bitPattern))
  }
}

/// Toward negative infinity: a unit less one, for negative numbers.
enum DownwardValue: ValueDirection {
  @inline(__always) static var overflowsToInfinity: Bool { false }

  @inline(__always)
  static func round<Word: ValueWord>(
    _ magnitude: Word, shift: Word, mask: Word, negative: Word
  ) -> Word { UpwardValue.round(magnitude, shift: shift, mask: mask, negative: ~negative) }

  @inline(__always)
  static func round(
    _ magnitude: Float, nearest: Float, unit: Float, magic: Float, negative: Int32
  ) -> Float {
    UpwardValue.round(magnitude, nearest: nearest, unit: unit, magic: magic, negative: ~negative)
  }
}

/// To the neighbour with the odd significand, where bits are lost.
enum OddValue: ValueDirection {
  @inline(__always) static var overflowsToInfinity: Bool { false }

  @inline(__always)
  static func round<Word: ValueWord>(
    _ magnitude: Word, shift: Word, mask: Word, negative: Word
  ) -> Word {
    let odd = select(magnitude & mask == 0, 0 as Word, 1 &<< shift)
    return (magnitude & ~mask) | odd
  }

  @inline(__always)
  static func round(
    _ magnitude: Float, nearest: Float, unit: Float, magic: Float, negative: Int32
  ) -> Float {
    let lower = nearest - number(unit, where: nearest > magnitude)
    let isEven = (lower + magic).bitPattern & 1 == 0
    return lower + number(unit, where: both(isEven, lower < magnitude))
  }
}
