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
  /// Values of 2^1200 or more, or below 2^-1300, are beyond every format; no more of them is kept.
  static let exponents = -1300..<1200

  let outcome: Outcome
  /// The first bits; nil for zeros, infinities, NaNs and what is beyond every format.
  package let firstBits: FirstBits?

  init(_ outcome: Outcome, firstBits: FirstBits? = nil) {
    self.outcome = outcome
    self.firstBits = firstBits
  }

  /// The value that a number of `precision` bits is the truncation of.
  init(truncated number: MPFRNumber, isExact: Bool) {
    let x = number.pointer
    let isNegative = mpfr_signbit(x) != 0
    if mpfr_zero_p(x) != 0 {
      self.init(isExact ? .zero(negative: isNegative) : .beyond(-1, isNegative))
      return
    }
    guard mpfr_inf_p(x) == 0, let limbs = x.pointee._mpfr_d else {
      self.init(.beyond(1, isNegative))
      return
    }
    let exponent = Int(mpfr_get_exp(x)) - 1
    guard FunctionValue.exponents.contains(exponent) else {
      self.init(.beyond(exponent.signum(), isNegative))
      return
    }
    let count = FunctionValue.precision / UInt64.bitWidth
    let significand = (0..<count).map { UInt64(limbs[$0]) }
    let leading = Unrounded(
      negative: isNegative, significand: significand[count - 1], exponent: exponent,
      sticky: significand.dropLast().contains { $0 != 0 } || !isExact)
    self.init(
      .number(leading),
      firstBits: FirstBits(
        isNegative: isNegative, significand: significand,
        exponent: exponent - FunctionValue.precision + 1, isExact: isExact))
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
}
