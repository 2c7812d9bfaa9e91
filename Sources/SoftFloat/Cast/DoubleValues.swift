// SPDX-License-Identifier: Apache-2.0
import Formats

/// FP64 values rounded to a format in integers.
///
/// A magnitude is its exponent field e and an integer significand s; the last place of the format
/// lies `shift` bits above that of s. Adding less than 2^shift to s and clearing `shift` bits
/// rounds it in any direction, and the carry moves into the exponent. Where more bits are dropped
/// than s has, s is 0 or 1: nonzero and below half of the smallest number.
struct DoubleValues {
  private let rounding: ValueRounding<Int64>
  /// The exponent field of half the smallest number.
  private let lowest: Int64
  private let randomMask: UInt64

  /// The constants; the smallest number of any format is far above FP64's.
  init(_ format: Format, _ rounding: ValueRounding<Int64>) {
    self.rounding = rounding
    lowest = Int64(format.minUlpExponent + Int64.bias - 1)
    randomMask = rounding.randomBits == 0 ? 0 : ~0 << UInt64(64 - rounding.randomBits)
  }

  /// x rounded in a direction that no random word decides.
  @inline(__always)
  func round<Direction: ValueDirection>(_ x: Int64, _: Direction.Type) -> Int64 {
    let magnitude = x & .max
    let field = magnitude.shiftedRight(Int64.fraction)
    let exact = magnitude &- ((field &- 1) &<< Int64.fraction)
    let significand = select(field < lowest, select(magnitude == 0, 0 as Int64, 1), exact)
    let e = greater(field, lowest)
    let shift = rounding.dropped &+ greater(rounding.smallestNormal &- e, 0)
    let mask: Int64 = (1 &<< shift) &- 1
    let rounded = Direction.round(
      significand, shift: shift, mask: mask, negative: x &>> 63)
    return finish(x, e, rounded, overflowsToInfinity: Direction.overflowsToInfinity)
  }

  /// x rounded up in magnitude where the random bits and the dropped ones carry.
  @inline(__always)
  func roundStochastically(_ x: Int64, _ word: UInt32) -> Int64 {
    let magnitude = x & .max
    let field = magnitude.shiftedRight(Int64.fraction)
    // A subnormal number has no hidden bit, and none of its bits counts.
    let significand = select(field == 0, 0, magnitude &- ((field &- 1) &<< Int64.fraction))
    // The leading one two bits below the sign: a carry has a bit above it.
    let room: Int64 = 9
    let below = greater(rounding.smallestNormal &- field, 0)
    let aligned = (significand &<< room).shiftedRight(lesser(below, 63))
    let count = rounding.dropped &+ room
    let random = ((UInt64(word) &<< 32) & randomMask) &>> UInt64(bitPattern: 64 &- count)
    let kept = (aligned &+ Int64(bitPattern: random)).shiftedRight(count)
    let e = greater(field, lowest)
    let shift = rounding.dropped &+ greater(rounding.smallestNormal &- e, 0)
    return finish(x, e, kept &<< shift, overflowsToInfinity: true)
  }

  @inline(__always)
  private func finish(
    _ x: Int64, _ e: Int64, _ significand: Int64, overflowsToInfinity: Bool
  ) -> Int64 {
    let rounded = select(
      significand == 0, 0, ((e &- 1) &<< Int64.fraction) &+ significand)
    return rounding.finish(x, rounded, overflowsToInfinity: overflowsToInfinity)
  }
}
