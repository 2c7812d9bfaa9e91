// SPDX-License-Identifier: Apache-2.0

/// One term of a sum whose every rounding is to FP16 or BF16, all values held in FP32.
protocol NarrowStep {
  /// The sum after one more term, for operands and a sum of the format.
  static func add(_ x: Float, _ y: Float, to sum: Float) -> Float
  /// R(x + y), for values of the format.
  static func round(sum x: Float, _ y: Float) -> Float

  /// The same sum for products that `isModerate` says to be no trouble.
  associatedtype Moderate: NarrowStep = Self
  /// Whether operands of these magnitudes, those that are not zero, have such products.
  static func isModerate(_ x: ClosedRange<Float>, _ y: ClosedRange<Float>) -> Bool
}

extension NarrowStep {
  @inline(__always)
  static func isModerate(_ x: ClosedRange<Float>, _ y: ClosedRange<Float>) -> Bool { false }
}

/// A term of a sum in FP16.
protocol Binary16Step: NarrowStep {}

extension Binary16Step {
  @inline(__always)
  static func round(sum x: Float, _ y: Float) -> Float { Binary16Rounding.roundOrdinary(x + y) }
}

/// A term of a sum in BF16.
protocol BFloat16Step: NarrowStep {}

extension BFloat16Step {
  @inline(__always)
  static func round(sum x: Float, _ y: Float) -> Float { BFloat16Rounding.roundOrdinary(x + y) }
}

/// s = R(s + R(x y)) in FP16.
///
/// A product of FP16 values is exact in FP32. A sum of two rounds once to FP32 and once to FP16,
/// which is the single rounding, because 24 >= 2·11 + 2 and no such sum is subnormal in FP32
/// (Figueroa, "When is double rounding innocuous?", SIGNUM 1995).
enum Binary16ProductThenSum: Binary16Step {
  @inline(__always)
  static func add(_ x: Float, _ y: Float, to sum: Float) -> Float {
    round(sum: sum, Binary16Rounding.roundOrdinary(x * y))
  }
}

/// s = R(s + x y) in FP16.
///
/// The product is exact in FP32. The sum is rounded to odd there, from which a rounding to nearest
/// to any format of at most 22 bits is the single one (Boldo and Melquiond, "Emulation of a FMA and
/// correctly rounded sums", IEEE TC 2008); it is never subnormal in FP32.
enum Binary16Fused: Binary16Step {
  @inline(__always)
  static func add(_ x: Float, _ y: Float, to sum: Float) -> Float {
    Binary16Rounding.roundOrdinary(RoundToOdd.sum(sum, x * y))
  }
}

/// s = R(s + R(x y)) in BF16.
///
/// A product of BF16 values has 16 bits: in FP32 it is exact, or overflows in both formats, or lies
/// below 2^-134, half of BF16's smallest number, and stays at or below it: zero, also as a tie.
/// Sums as in FP16; where they are subnormal they are exact in FP32, which has all of BF16's
/// exponents.
enum BFloat16ProductThenSum: BFloat16Step {
  @inline(__always)
  static func add(_ x: Float, _ y: Float, to sum: Float) -> Float {
    round(sum: sum, BFloat16Rounding.roundOrdinary(x * y))
  }
}

/// s = R(s + x y) in BF16.
///
/// A product can leave FP32's range while the sum is inside BF16's, so the sum is taken in FP64,
/// where the product is exact, and comes to FP32 rounded to odd.
enum BFloat16Fused: BFloat16Step {
  @inline(__always)
  static func add(_ x: Float, _ y: Float, to sum: Float) -> Float {
    BFloat16Rounding.roundOrdinary(RoundToOdd.sum(Double(sum), Double(x) * Double(y)))
  }

  typealias Moderate = ModerateBFloat16Fused

  /// A product of 16 bits whose magnitude lies in these powers is exact in FP32, and so is the
  /// error of a sum with it.
  static func isModerate(_ x: ClosedRange<Float>, _ y: ClosedRange<Float>) -> Bool {
    x.lowerBound * y.lowerBound >= 0x1p-110 && x.upperBound * y.upperBound <= 0x1p110
  }
}

/// s = R(s + x y) in BF16 of products that FP32 holds: the sum is rounded to odd there, as in FP16.
enum ModerateBFloat16Fused: BFloat16Step {
  @inline(__always)
  static func add(_ x: Float, _ y: Float, to sum: Float) -> Float {
    BFloat16Rounding.roundOrdinary(RoundToOdd.sum(sum, x * y))
  }
}

extension BFloat16Rounding {
  /// x rounded to bfloat16, ties to even, where a NaN has none of its low sixteen bits set: as one
  /// does that came from operands of BF16 or from an invalid operation. The carry then leaves it a
  /// NaN.
  @inline(__always)
  static func roundOrdinary(_ x: Float) -> Float {
    let bits = x.bitPattern
    let odd = (bits &>> droppedBits) & 1
    return Float(bitPattern: (bits &+ belowHalf &+ odd) & keptMask)
  }
}
