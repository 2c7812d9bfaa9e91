// SPDX-License-Identifier: Apache-2.0
import Formats

/// What an operation yields before it is rounded: independent of the rounding direction, so that
/// one evaluation serves every variant of the semantics.
enum Outcome: Equatable {
  /// A NaN; `first` is the first NaN operand, nil when an invalid operation made it.
  case nan(first: Operand?, invalid: Bool)
  /// An infinity, exact or from a division by zero.
  case infinity(negative: Bool, dividesByZero: Bool)
  /// A zero whose sign does not depend on the rounding direction.
  case zero(negative: Bool)
  /// An exact zero sum of operands of opposite signs (IEEE 754-2019, clause 6.3).
  case cancellation
  /// A nonzero number.
  case number(Unrounded)

  /// An invalid operation on operands that are not NaNs.
  static var invalid: Outcome { .nan(first: nil, invalid: true) }
}

extension Format {
  /// The encoding of a signed magnitude given as encoding bits without the sign.
  func signed(_ magnitude: UInt64, negative: Bool) -> UInt64 {
    negative && isSigned ? magnitude | (1 << UInt64(exponentBits + fractionBits)) : magnitude
  }

  /// Whether encodings are wider than those of `Format`'s own constants: FP64, IEEE-like.
  private var isWide: Bool { bitWidth > UInt32.bitWidth }

  /// The encoding of positive infinity in 64 bits, nil where the format has none.
  private var infinityEncoding: UInt64? {
    isWide ? ((1 << UInt64(exponentBits)) - 1) << UInt64(fractionBits) : infinity.map(UInt64.init)
  }

  /// The encoding of the largest finite number in 64 bits.
  var largestEncoding: UInt64 {
    isWide ? (infinityEncoding ?? 1) - 1 : UInt64(largestFinite)
  }

  /// The encoding of the canonical NaN in 64 bits, nil where the format has none.
  private var canonicalEncoding: UInt64? {
    isWide
      ? infinityEncoding.map { $0 | 1 << UInt64(fractionBits - 1) } : canonicalNaN.map(UInt64.init)
  }

  /// The largest finite number of a sign.
  func largest(negative: Bool) -> UInt64 { signed(largestEncoding, negative: negative) }

  /// The zero of a sign. A scale format has none: see `Format.deliver`.
  func zero(negative: Bool) -> UInt64 { signed(0, negative: negative) }

  /// What stands for an infinite result: the infinity, the NaN of its sign, or the largest finite
  /// number of its sign.
  func infinite(negative: Bool, _ policy: OverflowPolicy) -> UInt64 {
    if let infinityEncoding { return signed(infinityEncoding, negative: negative) }
    if policy == .ieee, let canonicalEncoding {
      return signed(canonicalEncoding, negative: negative)
    }
    return largest(negative: negative)
  }

  /// What an invalid operation delivers: the canonical NaN, or the largest finite number.
  var invalidResult: UInt64 { canonicalEncoding ?? largestEncoding }

  /// The NaN that a policy makes of the first NaN operand: its sign, the leading bits of its
  /// fraction field, and the quiet bit set.
  func nan(from operand: Operand?, _ policy: NaNPolicy) -> UInt64 {
    guard policy == .propagateFirst, specials != .scale, hasNaN,
      case .nan(let negative, let fraction, let width, _)? = operand
    else { return invalidResult }
    guard specials == .ieee else { return signed(invalidResult, negative: negative) }
    let aligned =
      width <= fractionBits
      ? fraction << UInt64(fractionBits - width) : fraction >> UInt64(width - fractionBits)
    let exponentField = UInt64((1 << exponentBits) - 1) << UInt64(fractionBits)
    let quiet = UInt64(1) << UInt64(fractionBits - 1)
    return signed(exponentField | aligned | quiet, negative: negative)
  }
}

extension Format {
  /// The result and flags that an outcome becomes in this format: rounding, tininess, overflow and
  /// encoding, after docs/semantics.md.
  func deliver(_ outcome: Outcome, _ semantics: Semantics, index: UInt64) -> Rounded<UInt64> {
    switch outcome {
    case .nan(let first, let invalid):
      // A format without NaN turns every NaN into an invalid operation.
      return Rounded(
        value: nan(from: first, semantics.nan), flags: invalid || !hasNaN ? .invalid : [])
    case .infinity(let negative, let dividesByZero):
      if specials == .scale && negative { return Rounded(value: invalidResult, flags: .invalid) }
      return Rounded(
        value: infinite(negative: negative, semantics.overflow),
        flags: dividesByZero ? .divideByZero : [])
    case .zero(let negative):
      return deliverZero(negative: negative)
    case .cancellation:
      return deliverZero(negative: semantics.rounding == .down)
    case .number(let x):
      return specials == .scale
        ? scale(x, semantics, index: index) : number(x, semantics, index: index)
    }
  }

  private func deliverZero(negative: Bool) -> Rounded<UInt64> {
    // The scale format's smallest number stands for the zero that it lacks.
    specials == .scale
      ? Rounded(value: 0, flags: [.underflow, .inexact])
      : Rounded(value: zero(negative: negative), flags: [])
  }

  /// What an overflow of a sign delivers.
  func overflow(negative: Bool, _ semantics: Semantics) -> Rounded<UInt64> {
    let isInfinite =
      semantics.overflow == .ieee && semantics.rounding.overflowsToInfinity(negative: negative)
    return Rounded(
      value: isInfinite
        ? infinite(negative: negative, semantics.overflow) : largest(negative: negative),
      flags: [.overflow, .inexact])
  }
}
