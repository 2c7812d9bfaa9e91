// SPDX-License-Identifier: Apache-2.0
import CMPFR
import Formats

/// The value of a function before it is rounded.
package struct FunctionValue: Sendable {
  /// The first bits of a number's magnitude:
  /// significand 2^exponent <= |value| < (significand + 1) 2^exponent.
  package struct FirstBits: Sendable {
    /// Whether the value is below zero.
    package var isNegative: Bool
    /// 64-bit limbs, the least significant first.
    package var significand: [UInt64]
    /// The exponent of the significand's last bit.
    package var exponent: Int
    /// Whether the value is significand 2^exponent itself.
    package var isExact: Bool
  }

  /// The bits of a function's value that are kept.
  static let precision = 640
  /// Of values of 2^1200 or more, or below 2^-1300, which no format has, no more is kept.
  static let exponents = -1300..<1200

  let outcome: Outcome
  /// The first bits; nil for zeros, infinities, NaNs and what is beyond every format.
  package let firstBits: FirstBits?

  init(_ outcome: Outcome, firstBits: FirstBits? = nil) {
    self.outcome = outcome
    self.firstBits = firstBits
  }

  /// The value that an estimate tells; nil where a precision that is not the last leaves bits open.
  init?(_ estimate: Estimate, isLast: Bool) {
    switch estimate {
    case .outcome(let outcome): self.init(outcome)
    case .bracket(let bracket):
      let bits = FunctionValue.precision
      guard let leading = bracket.leading(bits) ?? (isLast ? bracket.leadingOfNearerEnd(bits) : nil)
      else { return nil }
      switch leading {
      case .beyond(let direction, let isNegative): self.init(.beyond(direction, isNegative))
      case .bits(let number, let isExact): self.init(truncated: number, isExact: isExact)
      }
    }
  }

  /// The value that a number of `precision` bits, not zero nor infinite, is the truncation of.
  init(truncated number: MPFRNumber, isExact: Bool) {
    let outcome = Outcome(truncated: number, isExact: isExact)
    guard case .number(let leading) = outcome, let limbs = number.pointer.pointee._mpfr_d else {
      self.init(outcome)
      return
    }
    let count = FunctionValue.precision / UInt64.bitWidth
    self.init(
      outcome,
      firstBits: FirstBits(
        isNegative: leading.negative, significand: (0..<count).map { UInt64(limbs[$0]) },
        exponent: leading.exponent - FunctionValue.precision + 1, isExact: isExact))
  }

  /// Whether there is no value: a NaN among the operands, or operands outside the domain.
  package var isNaN: Bool { if case .nan = outcome { true } else { false } }

  /// The sign of a value beyond every format; nil for others. `isHuge` tells on which side.
  package var beyondEveryFormat: (isNegative: Bool, isHuge: Bool)? {
    guard firstBits == nil, case .number(let x) = outcome else { return nil }
    return (x.negative, x.exponent > 0)
  }

  /// The sign of an infinite value, and whether finite operands made it; nil for others.
  package var infinity: (isNegative: Bool, isPole: Bool)? {
    guard case .infinity(let negative, let dividesByZero) = outcome else { return nil }
    return (negative, dividesByZero)
  }

  /// The value rounded once to a format, with its exceptions.
  package func rounded(
    to format: Format, semantics: Semantics = Semantics(), index: UInt64 = 0
  ) -> Rounded<UInt64> {
    format.deliver(outcome, semantics, index: index)
  }
}

extension Outcome {
  /// A number outside every format: huge or tiny.
  static func beyond(_ direction: Int, _ isNegative: Bool) -> Outcome {
    .number(
      Unrounded(
        negative: isNegative, significand: 1 << 63, exponent: direction * (1 << 20), sticky: true))
  }

  /// A number of whole limbs, not zero nor infinite, and what follows unless it is exact.
  init(truncated number: MPFRNumber, isExact: Bool) {
    let x = number.pointer
    guard mpfr_regular_p(x) != 0, let limbs = x.pointee._mpfr_d else {
      self = .invalid
      return
    }
    let last = Int(mpfr_get_prec(x)) / UInt64.bitWidth - 1
    self = .number(
      Unrounded(
        negative: mpfr_signbit(x) != 0, significand: UInt64(limbs[last]),
        exponent: Int(mpfr_get_exp(x)) - 1,
        sticky: !isExact || (0..<last).contains { limbs[$0] != 0 }))
  }
}
