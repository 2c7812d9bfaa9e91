// SPDX-License-Identifier: Apache-2.0
import Formats

/// What rounding values of FP32 or FP64 to the numbers of a format, held in the same type, needs to
/// know of the format and the semantics beside the direction.
struct ValueRounding<Word: ValueWord> {
  /// The exponent field of the smallest normal number.
  let smallestNormal: Word
  /// The bits that rounding drops in the normal range.
  let dropped: Word
  /// The magnitude of the largest finite number.
  let largest: Word
  /// What a positive overflow delivers, and the difference of a negative one's.
  private let overflow: Word, overflowXor: Word
  /// What a positive infinity delivers, and the difference of a negative one's.
  private let infinity: Word, infinityXor: Word
  /// What a NaN delivers.
  private let nan: Word
  /// The random bits of a stochastic rounding, 0 for another.
  let randomBits: Int

  /// The constants; nil where no loop over values serves the semantics: subnormal numbers that are
  /// flushed, NaNs that are propagated, and scale formats.
  init?(_ format: Format, _ semantics: Semantics) {
    guard !format.isScale, !semantics.isGeneral else { return nil }
    randomBits = if case .stochastic(let bits, _) = semantics.rounding { bits } else { 0 }
    smallestNormal = Word(format.minExponent + Word.bias)
    dropped = Word(Word.fractionBits - format.fractionBits)
    func value(_ encoding: UInt64) -> Word { Word.value(encoding, format) }
    func overflowing(_ isNegative: Bool) -> Word {
      value(
        Arithmetic.round(
          negative: isNegative, significand: 1, exponent: 2048, to: format, semantics: semantics
        ).value)
    }
    func converted(_ single: Float) -> Word {
      value(
        Arithmetic.evaluate(
          .convert, UInt64(single.bitPattern), format: .fp32, to: format, semantics: semantics
        ).value)
    }
    largest = value(UInt64(format.largestFinite))
    overflow = overflowing(false)
    overflowXor = overflow ^ overflowing(true)
    infinity = converted(.infinity)
    infinityXor = infinity ^ converted(-.infinity)
    nan = converted(.nan)
  }

  /// The result for x, given its magnitude rounded without a bound for the exponent.
  ///
  /// - Parameter overflowsToInfinity: whether the direction treats an overflow as an infinity; a
  ///   constant after specialisation.
  @inline(__always)
  func finish(_ x: Word, _ rounded: Word, overflowsToInfinity: Bool) -> Word {
    let magnitude = x & .max
    let negative = x &>> (Word.width &- 1)
    var result = select(
      rounded > largest, overflow ^ (negative & overflowXor), rounded | (x & .min))
    if !overflowsToInfinity {
      result = select(
        magnitude == Word.infinity, infinity ^ (negative & infinityXor), result)
    }
    return select(magnitude > Word.infinity, nan, result)
  }
}

/// The bits of FP32 or FP64 values as signed integers: those that vectors compare.
protocol ValueWord: FixedWidthInteger & SignedInteger {
  static var fractionBits: Int { get }
  static var bias: Int { get }
  /// The value of an encoding; of a NaN the canonical one.
  static func value(_ encoding: UInt64, _ format: Format) -> Self
}

extension ValueWord {
  @inline(__always) static var fraction: Self { Self(truncatingIfNeeded: fractionBits) }
  @inline(__always) static var width: Self { Self(truncatingIfNeeded: bitWidth) }
  @inline(__always) static var infinity: Self { .max &- ((1 &<< fraction) &- 1) }

  /// The bits shifted right, zeros coming in: AVX2 shifts 64-bit numbers in no other way.
  @inline(__always)
  func shiftedRight(_ count: Self) -> Self {
    Self(
      truncatingIfNeeded: Magnitude(truncatingIfNeeded: self)
        &>> Magnitude(truncatingIfNeeded: count))
  }
}

/// The greater of two numbers. `max` may become branches, which the optimizer threads through a
/// loop, so that it does not vectorise.
@inline(__always)
func greater<Word: ValueWord>(_ a: Word, _ b: Word) -> Word { select(a > b, a, b) }

/// The lesser of two numbers, as above.
@inline(__always)
func lesser<Word: ValueWord>(_ a: Word, _ b: Word) -> Word { select(a < b, a, b) }

extension Int32: ValueWord {
  @inline(__always) static var fractionBits: Int { 23 }
  @inline(__always) static var bias: Int { 127 }

  static func value(_ encoding: UInt64, _ format: Format) -> Int32 {
    Int32(truncatingIfNeeded: Int64(bitPattern: single(encoding, format)))
  }

  /// The FP32 encoding of a number of a format.
  fileprivate static func single(_ encoding: UInt64, _ format: Format) -> UInt64 {
    Arithmetic.evaluate(.convert, encoding, format: format, to: .fp32).value
  }
}

extension Int64: ValueWord {
  @inline(__always) static var fractionBits: Int { 52 }
  @inline(__always) static var bias: Int { 1023 }

  static func value(_ encoding: UInt64, _ format: Format) -> Int64 {
    let single = UInt32(truncatingIfNeeded: Int32.single(encoding, format))
    return Int64(bitPattern: Double(Float(bitPattern: single)).bitPattern)
  }
}
