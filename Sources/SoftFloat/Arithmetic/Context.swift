// SPDX-License-Identifier: Apache-2.0
import Formats

/// The constants of a format under given semantics, in the words of one lane width.
///
/// A kernel reads them as loop invariants: a format known only at run time, such as `e5m7`, is then
/// as fast as a built-in one, and one piece of code serves all formats and all rounding directions.
///
/// Encodings are those of an IEEE-like layout. A scale format (E8M0) is shifted by one, so that its
/// smallest power of two is the smallest normal number and zero exists: see `ScaleFormat`.
@frozen
public struct Context<W: Lane>: Sendable {
  // MARK: Layout

  /// The format.
  public let format: Format
  /// The width of the fraction field.
  @usableFromInline let fractionBits: W
  /// The position of the sign bit.
  @usableFromInline let signShift: W
  /// All bits but the sign.
  @usableFromInline let magnitudeMask: W
  /// The exponent of the number whose exponent field is 1, negated and raised by one (the bias).
  @usableFromInline let bias: W
  /// The largest finite magnitude.
  @usableFromInline let largestFinite: W
  /// The magnitude of infinity, all ones where there is none.
  @usableFromInline let infinity: W
  /// The smallest magnitude that is not finite, all ones where there is none.
  @usableFromInline let specialFrom: W
  /// Magnitudes above are NaN.
  @usableFromInline let nanAbove: W
  /// The first signaling magnitude, and how many follow it.
  @usableFromInline let signalingFrom: W, signalingCount: W
  /// The bit that makes a NaN quiet.
  @usableFromInline let quietBit: W
  /// What an invalid operation delivers.
  @usableFromInline let invalidResult: W
  /// The magnitude that an exact infinity is delivered as.
  @usableFromInline let infinityResult: W
  /// The magnitude that a converted infinity is delivered as, and the exceptions it signals.
  @usableFromInline let convertedInfinity: W, convertedInfinityFlags: W
  /// The exceptions of a converted quiet NaN: invalid where the format has none.
  @usableFromInline let convertedNaNFlags: W

  // MARK: Rounding

  /// The number of bits that rounding discards from a word whose leading one is at `leadingBit`.
  @usableFromInline let discarded: W
  /// All ones where a positive result may be incremented; its difference to the negative ones'.
  @usableFromInline let incrementPositive: W, incrementXor: W
  /// 1 for the nearest roundings, whose increment is about half a unit, 0 for the directed ones.
  @usableFromInline let nearestShift: W
  /// 1 for nearest-away.
  @usableFromInline let awayBit: W
  /// 1 for nearest-even.
  @usableFromInline let evenBit: W
  /// 1 for to-odd.
  @usableFromInline let oddBit: W
  /// 1 for down: the sign of an exact zero sum of opposite signs.
  @usableFromInline let zeroSumSign: W
  /// What, added to a word at `leadingBit`, carries out when rounding to p bits would; zero when
  /// tininess is detected before rounding. With the difference for negative results.
  @usableFromInline let carryPositive: W, carryXor: W
  /// The magnitude that a positive overflow delivers; its difference to the negative ones'.
  @usableFromInline let overflowPositive: W, overflowXor: W

  // MARK: General semantics only

  /// The mask of the random bits of a stochastic rounding at the top of a word, zero otherwise.
  @usableFromInline let randomMask: W
  /// All ones where tininess is detected after rounding.
  @usableFromInline let afterRounding: W
  /// Results that are tiny become zero.
  @usableFromInline let flushesResults: Bool
  /// Operand magnitudes below count as zero (DAZ); zero for none.
  @usableFromInline let zeroBelow: W
  /// NaN operands are propagated.
  @usableFromInline let propagatesNaN: Bool
}

extension Context {
  /// The position a significand's leading one is normalised to before rounding: a carry has a bit
  /// above it, and a shift by the full width less one leaves less than half a unit.
  @inlinable @inline(__always)
  static var leadingBit: W { W.topBit &- 2 }

  /// The constants of a format under the given semantics; folded where both are known.
  @inlinable @inline(__always)
  public init(_ format: Format, _ semantics: Semantics) {
    let isScale = format.isScale
    self.format = format
    fractionBits = W(truncatingIfNeeded: format.fractionBits)
    let sign = format.exponentBits &+ format.fractionBits &+ (isScale ? 1 : 0)
    signShift = W(truncatingIfNeeded: sign)
    magnitudeMask = ((1 as W) &<< W(truncatingIfNeeded: sign)) &- 1
    bias = W(truncatingIfNeeded: 1 &- format.minExponent)
    let largest = W(truncatingIfNeeded: format.largestFinite) &+ (isScale ? 1 : 0)
    let quiet = W(truncatingIfNeeded: format.quietBit)
    largestFinite = largest
    infinity = format.hasInfinity ? largest &+ 1 : ~0
    specialFrom = format.hasNaN ? largest &+ 1 : ~0
    nanAbove = format.hasInfinity ? largest &+ 1 : format.hasNaN ? largest : ~0
    signalingFrom = largest &+ 2
    signalingCount = format.hasSignalingNaN ? quiet &- 1 : 0
    quietBit = quiet
    let invalid = format.hasNaN ? (largest &+ 1) | quiet : largest
    invalidResult = invalid

    let saturates = semantics.saturates
    let substitute = format.hasInfinity ? largest &+ 1 : saturates ? largest : invalid
    infinityResult = substitute
    convertedInfinity = saturates ? largest : substitute
    convertedInfinityFlags = saturates || !format.hasInfinity ? 5 : 0
    convertedNaNFlags = format.hasNaN ? 0 : 16

    let discarded = W.topBit &- 1 &- W(truncatingIfNeeded: format.precision)
    self.discarded = discarded
    let half: W = (1 as W) &<< (discarded &- 1)
    let rest: W = (half &<< 1) &- 1
    let direction = Direction(semantics.rounding)
    incrementPositive = direction.raisesPositive ? ~0 : 0
    incrementXor = direction.raisesPositive == direction.raisesNegative ? 0 : ~0
    nearestShift = direction.isNearest ? 1 : 0
    awayBit = direction.isAway ? 1 : 0
    evenBit = direction.isNearest && !direction.isAway ? 1 : 0
    oddBit = direction.isOdd ? 1 : 0
    zeroSumSign = direction.raisesNegative && !direction.raisesPositive ? 1 : 0
    let isAfter = semantics.detectsTininessAfterRounding
    let carry = direction.isNearest ? half : rest
    let carryUp = direction.raisesPositive && isAfter ? carry : 0
    carryPositive = carryUp
    carryXor = carryUp ^ (direction.raisesNegative && isAfter ? carry : 0)
    let isRandom = direction.randomBits != 0
    randomMask =
      isRandom ? ~((~(0 as W)) &>> W(truncatingIfNeeded: direction.randomBits)) : 0
    let big = saturates ? largest : substitute
    let overflowUp = direction.raisesPositive || isRandom ? big : largest
    overflowPositive = overflowUp
    overflowXor = overflowUp ^ (direction.raisesNegative || isRandom ? big : largest)

    afterRounding = isAfter ? ~0 : 0
    flushesResults = semantics.subnormals.flushesResults && !isScale
    zeroBelow =
      semantics.subnormals.flushesOperands && !isScale
      ? W(truncatingIfNeeded: format.smallestNormal) : 0
    propagatesNaN = semantics.propagatesNaN
  }
}

/// A rounding as the few facts that the constants depend on.
@frozen
@usableFromInline
struct Direction {
  @usableFromInline var isNearest = false
  @usableFromInline var isAway = false
  @usableFromInline var isOdd = false
  @usableFromInline var raisesPositive = false
  @usableFromInline var raisesNegative = false
  @usableFromInline var randomBits = 0

  @inlinable @inline(__always)
  init(_ rounding: Rounding) {
    switch rounding {
    case .nearestEven: (isNearest, raisesPositive, raisesNegative) = (true, true, true)
    case .nearestAway:
      (isNearest, isAway, raisesPositive, raisesNegative) = (true, true, true, true)
    case .towardZero: break
    case .up: raisesPositive = true
    case .down: raisesNegative = true
    case .toOdd: isOdd = true
    case .stochastic(let bits, _): randomBits = bits
    }
  }
}

/// Which semantics a kernel serves; constants after specialisation.
public protocol KernelScope: Sendable {
  /// Whether a random word takes part in the rounding.
  static var isStochastic: Bool { get }
  /// Whether subnormal modes and NaN propagation are served.
  static var isGeneral: Bool { get }
  /// Whether a branch skips what infinities, NaNs and zero divisors need: faster where the
  /// processor predicts it, which a single call lets it do and a vectorised loop does not.
  static var branches: Bool { get }
}

/// Deterministic rounding in any direction, gradual underflow, canonical NaN, any tininess and
/// overflow policy: what the fastest loops serve.
public enum PlainScope: KernelScope {
  /// False.
  @inlinable public static var isStochastic: Bool { false }
  /// False.
  @inlinable public static var isGeneral: Bool { false }
}

/// As `PlainScope`, for single calls.
public enum ScalarScope: KernelScope {
  /// False.
  @inlinable public static var isStochastic: Bool { false }
  /// False.
  @inlinable public static var isGeneral: Bool { false }
  /// True.
  @inlinable public static var branches: Bool { true }
}

/// Stochastic rounding, otherwise as `PlainScope`.
public enum StochasticScope: KernelScope {
  /// True.
  @inlinable public static var isStochastic: Bool { true }
  /// False.
  @inlinable public static var isGeneral: Bool { false }
}

/// Everything `Semantics` can say.
public enum GeneralScope: KernelScope {
  /// True.
  @inlinable public static var isStochastic: Bool { true }
  /// True.
  @inlinable public static var isGeneral: Bool { true }
}

extension KernelScope {
  /// False.
  @inlinable public static var branches: Bool { false }
}

extension Rounding {
  /// Whether the direction depends on a random word.
  @inlinable var isStochastic: Bool {
    if case .stochastic = self { return true }
    return false
  }
}

// Patterns, not ==: a derived equality is a call from another module, and nothing folds behind it.
extension Semantics {
  /// Whether `GeneralScope` alone serves these semantics.
  @inlinable @inline(__always)
  var isGeneral: Bool {
    guard case .gradual = subnormals, case .canonical = nan else { return true }
    return false
  }

  /// Whether `PlainScope` serves these semantics.
  @inlinable @inline(__always)
  var isPlain: Bool { !isGeneral && !rounding.isStochastic }

  @inlinable @inline(__always)
  var saturates: Bool {
    if case .saturate = overflow { return true }
    return false
  }

  @inlinable @inline(__always)
  var detectsTininessAfterRounding: Bool {
    if case .afterRounding = tininess { return true }
    return false
  }

  @inlinable @inline(__always)
  var propagatesNaN: Bool {
    if case .propagateFirst = nan { return true }
    return false
  }
}
