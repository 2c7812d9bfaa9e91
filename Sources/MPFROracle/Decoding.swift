// SPDX-License-Identifier: Apache-2.0
import Formats

/// A nonzero real number ±significand x 2^exponent.
struct Dyadic: Equatable {
  var negative: Bool
  /// An integer, not normalised.
  var significand: UInt64
  var exponent: Int

  /// floor(log2 |x|).
  var leadingExponent: Int { exponent + 63 - significand.leadingZeroBitCount }
}

/// What an encoding stands for.
enum Operand: Equatable {
  /// `fraction` is the fraction field, `fractionBits` its width.
  case nan(negative: Bool, fraction: UInt64, fractionBits: Int, signaling: Bool)
  case infinity(negative: Bool)
  case zero(negative: Bool)
  case number(Dyadic)

  /// Whether the sign bit is set.
  var isNegative: Bool {
    switch self {
    case .nan(let negative, _, _, _), .infinity(let negative), .zero(let negative): negative
    case .number(let x): x.negative
    }
  }

  var isNaN: Bool {
    if case .nan = self { true } else { false }
  }

  var isSignalingNaN: Bool {
    if case .nan(_, _, _, let signaling) = self { signaling } else { false }
  }

  /// The operand as a number of FP64, which every format's is; a NaN without its payload.
  var double: Double {
    switch self {
    case .nan: .nan
    case .infinity(let negative): negative ? -.infinity : .infinity
    case .zero(let negative): negative ? -0.0 : 0
    case .number(let x):
      Double(sign: x.negative ? .minus : .plus, exponent: x.exponent, significand: 1)
        * Double(x.significand)
    }
  }

  /// The operand with the other sign; a NaN is returned as it is.
  var negated: Operand {
    switch self {
    case .nan: return self
    case .infinity(let negative): return .infinity(negative: !negative)
    case .zero(let negative): return .zero(negative: !negative)
    case .number(var x):
      x.negative.toggle()
      return .number(x)
    }
  }
}

extension Format {
  /// What an encoding stands for, read field by field as IEEE 754-2019, clause 3.4, and the OCP
  /// specifications (OFP8 1.0, MX 1.0) define it; with `flushingSubnormals` a subnormal number is a
  /// zero of its sign.
  func operand(_ encoding: UInt64, flushingSubnormals: Bool = false) -> Operand {
    let fraction = encoding % (1 << UInt64(fractionBits))
    let field = Int((encoding >> UInt64(fractionBits)) % (1 << UInt64(exponentBits)))
    let negative = isSigned && (encoding >> UInt64(fractionBits + exponentBits)) & 1 == 1
    let lastField = (1 << exponentBits) - 1
    let allOnes = (UInt64(1) << UInt64(fractionBits)) - 1

    switch specials {
    case .ieee where field == lastField:
      if fraction == 0 { return .infinity(negative: negative) }
      let quiet = fraction >> UInt64(fractionBits - 1) == 1
      return .nan(
        negative: negative, fraction: fraction, fractionBits: fractionBits, signaling: !quiet)
    case .nanOnly where field == lastField && fraction == allOnes,
      .scale where field == lastField:
      return .nan(
        negative: negative, fraction: fraction, fractionBits: fractionBits, signaling: false)
    case .scale:
      return .number(Dyadic(negative: false, significand: 1, exponent: field - bias))
    default:
      break
    }
    if field == 0 {
      if fraction == 0 || flushingSubnormals { return .zero(negative: negative) }
      return .number(
        Dyadic(negative: negative, significand: fraction, exponent: 1 - bias - fractionBits))
    }
    let hidden = UInt64(1) << UInt64(fractionBits)
    return .number(
      Dyadic(
        negative: negative, significand: hidden + fraction, exponent: field - bias - fractionBits))
  }
}
