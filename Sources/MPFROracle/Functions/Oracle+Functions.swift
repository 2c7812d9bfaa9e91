// SPDX-License-Identifier: Apache-2.0
import CMPFR
import Formats

extension Oracle {
  /// FP64 as the oracle's own decoder and encoder know it; `Format`'s encodings have 32 bits.
  package static let binary64 = Format(exponentBits: 11, fractionBits: 52)

  /// The value of a function of encodings of a format, `binary64` included: 640 bits toward zero,
  /// and whether more follow. `b` is the second operand of functions of two.
  package static func value(
    of function: RealFunction, _ a: UInt64, _ b: UInt64 = 0, format: Format,
    flushingSubnormals: Bool = false
  ) -> FunctionValue {
    let operands = [a, b].prefix(function.arity).map {
      format.operand($0, flushingSubnormals: flushingSubnormals)
    }
    let numbers = operands.map { operand in
      MPFRNumber(precision: Double.significandBitCount + 1) { set($0, to: operand) }
    }
    let firstNaN = operands.first(where: \.isNaN)
    let signals = operands.contains(where: \.isSignalingNaN)
    if let firstNaN, function.arity == 1 || signals {
      return FunctionValue(.nan(first: firstNaN, invalid: signals))
    }
    if let composite = function.composite {
      return composite.value(at: numbers[0], special: operands[0])
    }
    if function == .rsqrt, case .zero(let negative) = operands[0] {
      // MPFR gives +∞ for -0 where IEEE 754 gives -∞.
      return FunctionValue(.infinity(negative: negative, dividesByZero: true))
    }
    mpfr_clear_flags()
    var ternary: Int32 = 0
    let result = MPFRNumber(precision: FunctionValue.precision) { y in
      ternary = function.call(
        y, numbers[0].pointer, numbers[numbers.count - 1].pointer, MPFR_RNDZ)
    }
    let y = result.pointer
    if mpfr_nan_p(y) != 0 {
      return FunctionValue(.nan(first: firstNaN, invalid: firstNaN == nil))
    }
    if mpfr_inf_p(y) != 0 {
      return FunctionValue(
        .infinity(negative: mpfr_signbit(y) != 0, dividesByZero: mpfr_divby0_p() != 0))
    }
    return FunctionValue(truncated: result, isExact: ternary == 0)
  }
}

extension RealFunction {
  /// One MPFR call in a direction, with its ternary value; of no composite.
  fileprivate func call(
    _ y: mpfr_ptr, _ a: mpfr_ptr, _ b: mpfr_ptr, _ r: mpfr_rnd_t
  ) -> Int32 {
    switch self {
    case .exp: mpfr_exp(y, a, r)
    case .exp2: mpfr_exp2(y, a, r)
    case .exp10: mpfr_exp10(y, a, r)
    case .expm1: mpfr_expm1(y, a, r)
    case .log: mpfr_log(y, a, r)
    case .log2: mpfr_log2(y, a, r)
    case .log10: mpfr_log10(y, a, r)
    case .log1p: mpfr_log1p(y, a, r)
    case .sin: mpfr_sin(y, a, r)
    case .cos: mpfr_cos(y, a, r)
    case .tan: mpfr_tan(y, a, r)
    case .asin: mpfr_asin(y, a, r)
    case .acos: mpfr_acos(y, a, r)
    case .atan: mpfr_atan(y, a, r)
    case .sinh: mpfr_sinh(y, a, r)
    case .cosh: mpfr_cosh(y, a, r)
    case .tanh: mpfr_tanh(y, a, r)
    case .asinh: mpfr_asinh(y, a, r)
    case .acosh: mpfr_acosh(y, a, r)
    case .atanh: mpfr_atanh(y, a, r)
    case .erf: mpfr_erf(y, a, r)
    case .erfc: mpfr_erfc(y, a, r)
    case .cbrt: mpfr_cbrt(y, a, r)
    case .rsqrt: mpfr_rec_sqrt(y, a, r)
    case .pow: mpfr_pow(y, a, b, r)
    case .hypot: mpfr_hypot(y, a, b, r)
    case .atan2: mpfr_atan2(y, a, b, r)
    case .sigmoid, .softplus, .silu, .normal, .gelu, .geluTanh:
      preconditionFailure("composites have brackets")
    }
  }

  /// The function as one of several MPFR calls, nil where one is enough.
  fileprivate var composite: CompositeFunction? {
    switch self {
    case .sigmoid: .sigmoid
    case .softplus: .softplus
    case .silu: .silu
    case .normal: .normal
    case .gelu: .gelu
    case .geluTanh: .geluTanh
    default: nil
    }
  }
}
