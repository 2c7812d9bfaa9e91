// SPDX-License-Identifier: Apache-2.0
import Formats

/// FP32 values rounded to a format with fewer exponents and at least one bit less, by FP32's own
/// additions: of a magnitude and 2^23 units of the format's last place the sum is the nearest whole
/// number of units, ties to even. Units and magnitudes are exact, so is every other operation here.
struct SingleValues {
  private let rounding: ValueRounding<Int32>
  /// 2^emin and 2^(emax + 1) as FP32 encodings: beyond these the unit does not change, or does not
  /// matter.
  private let smallestNormal: Int32, beyond: Int32
  /// The exponent fields from a power of two to 2^23 units, down to the unit, and from that of the
  /// unit to the number of random values in it.
  private let toMagic: Int32, toUnit: Int32, toScale: Int32
  private let randomValues: Int32, randomShift: UInt32

  /// The constants; nil for another format.
  init?(_ format: Format, _ rounding: ValueRounding<Int32>) {
    guard format.exponentBits < Format.fp32.exponentBits,
      format.fractionBits < Format.fp32.fractionBits, rounding.randomBits <= 24
    else { return nil }
    self.rounding = rounding
    let bias = Int32(Int32.bias)
    func field(_ number: Int32) -> Int32 { number << Int32.fraction }
    smallestNormal = field(rounding.smallestNormal)
    beyond = field(Int32(format.maxExponent + 1) + bias)
    toMagic = field(rounding.dropped)
    toUnit = field(Int32.fraction - rounding.dropped)
    toScale = field(Int32(rounding.randomBits) + 2 * bias)
    randomValues = 1 << Int32(rounding.randomBits)
    randomShift = UInt32(32 - max(rounding.randomBits, 1))
  }

  /// x rounded in a direction that no random word decides.
  @inline(__always)
  func round<Direction: ValueDirection>(_ x: Int32, _: Direction.Type) -> Int32 {
    let magnitude = Self.single(x & .max)
    let power = powerOfTwo(x)
    let magic = Self.single(power &+ toMagic)
    let rounded = Direction.round(
      magnitude, nearest: (magnitude + magic) - magic, unit: Self.single(power &- toUnit),
      magic: magic, negative: x &>> 31)
    return rounding.finish(
      x, Int32(bitPattern: rounded.bitPattern),
      overflowsToInfinity: Direction.overflowsToInfinity)
  }

  /// x rounded up in magnitude where the dropped fraction of a unit, in so many random bits, and the
  /// random number add up to 1.
  @inline(__always)
  func roundStochastically(_ x: Int32, _ word: UInt32) -> Int32 {
    let magnitude = Self.single(x & .max)
    let power = powerOfTwo(x)
    let unit = power &- toUnit
    let magic = Self.single(power &+ toMagic)
    let nearest = (magnitude + magic) - magic
    let lower = nearest - number(Self.single(unit), where: nearest > magnitude)
    let fraction = (magnitude - lower) * Self.single(toScale &- unit)
    let needed = Float(randomValues &- Int32(bitPattern: word &>> randomShift))
    let rounded = lower + number(Self.single(unit), where: fraction >= needed)
    return rounding.finish(
      x, Int32(bitPattern: rounded.bitPattern), overflowsToInfinity: true)
  }

  /// The power of two at or below a magnitude, within the format's range.
  @inline(__always)
  private func powerOfTwo(_ x: Int32) -> Int32 {
    lesser(greater(x & Int32.infinity, smallestNormal), beyond)
  }

  @inline(__always)
  private static func single(_ bits: Int32) -> Float { Float(bitPattern: UInt32(bitPattern: bits)) }
}

/// FP32 values rounded to a format with FP32's exponents: an encoding is rounded as an integer, the
/// carry moves into the exponent.
struct SingleEncodings {
  private let rounding: ValueRounding<Int32>
  private let mask: Int32
  private let randomMask: UInt32, randomShift: UInt32

  /// The constants; nil for another format.
  init?(_ format: Format, _ rounding: ValueRounding<Int32>) {
    guard format.exponentBits == Format.fp32.exponentBits else { return nil }
    self.rounding = rounding
    mask = (1 << rounding.dropped) - 1
    randomMask = rounding.randomBits == 0 ? 0 : ~0 << UInt32(32 - rounding.randomBits)
    // In two steps, for none dropped is a shift by all bits.
    randomShift = UInt32(31 - rounding.dropped)
  }

  /// x rounded in a direction that no random word decides.
  @inline(__always)
  func round<Direction: ValueDirection>(_ x: Int32, _: Direction.Type) -> Int32 {
    let rounded = Direction.round(
      x & .max, shift: rounding.dropped, mask: mask, negative: x &>> 31)
    return rounding.finish(x, rounded, overflowsToInfinity: Direction.overflowsToInfinity)
  }

  /// x rounded up in magnitude where the random bits and the dropped ones carry.
  @inline(__always)
  func roundStochastically(_ x: Int32, _ word: UInt32) -> Int32 {
    let random = Int32(bitPattern: ((word & randomMask) &>> randomShift) &>> 1)
    return rounding.finish(x, ((x & .max) &+ random) & ~mask, overflowsToInfinity: true)
  }
}
