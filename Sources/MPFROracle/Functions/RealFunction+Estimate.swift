// SPDX-License-Identifier: Apache-2.0
import CMPFR

extension RealFunction {
  /// The function's value at x, at (x, y) of two operands, in some precision.
  ///
  /// A composite of MPFR calls is a bracket whose every step is rounded outward. Where a value
  /// tends to a number that FP64 has, its expression is one that stays on the right side of it:
  /// 1 - r, not a quotient of two numbers near each other.
  func estimate(at x: Double, _ y: Double = 0, precision: Int) -> Estimate {
    if let limit = limit(at: x) { return limit }
    let p = precision
    switch self {
    case .sinpi: return HalfTurns.sine(x, p)
    case .cospi: return HalfTurns.cosine(x, p)
    case .tanpi: return HalfTurns.tangent(x, p)
    case .asinpi, .acospi, .atanpi: return HalfTurns.inverse(self, x, p)
    case .lgamma, .gamma:
      return GammaFunction.nearZero(self, x, p).map(Estimate.init) ?? call(x, y, p)
    case .sigmoid: return Estimate(ActivationBracket.sigmoid(x, p))
    case .softplus: return Estimate(ActivationBracket.softplus(x, p))
    case .silu: return Estimate(ActivationBracket.silu(x, p))
    case .normal: return Estimate(ActivationBracket.normal(x, p))
    case .gelu: return Estimate(ActivationBracket.gelu(x, p))
    case .geluTanh: return Estimate(ActivationBracket.geluTanh(x, p))
    case .mish: return Estimate(ActivationBracket.mish(x, p))
    case .sigmoidGradient: return Estimate(ActivationBracket.sigmoidGradient(x, p))
    case .tanhGradient: return Estimate(ActivationBracket.tanhGradient(x, p))
    case .siluGradient: return Estimate(ActivationBracket.siluGradient(x, p))
    case .geluGradient: return Estimate(ActivationBracket.geluGradient(x, p))
    case .geluTanhGradient: return Estimate(ActivationBracket.geluTanhGradient(x, p))
    case .mishGradient: return Estimate(ActivationBracket.mishGradient(x, p))
    case .relu, .relu6, .hardsigmoid, .hardswish, .hardswishGradient, .elu, .eluGradient, .selu,
      .seluGradient:
      return PiecewiseFunction.estimate(self, x, p)
    default: return call(x, y, p)
    }
  }

  /// One MPFR call at FP64 numbers.
  private func call(_ x: Double, _ y: Double, _ precision: Int) -> Estimate {
    let operand = { (value: Double) in
      MPFRNumber(precision: Double.significandBitCount + 1) { mpfr_set_d($0, value, MPFR_RNDN) }
    }
    let a = operand(x)
    let b = arity == 2 ? operand(y) : a
    return Estimate(precision: precision) { call($0, a.pointer, b.pointer, $1) }
  }

  private func call(_ y: mpfr_ptr, _ a: mpfr_ptr, _ b: mpfr_ptr, _ r: mpfr_rnd_t) -> Int32 {
    switch self {
    case .exp: return mpfr_exp(y, a, r)
    case .exp2: return mpfr_exp2(y, a, r)
    case .exp10: return mpfr_exp10(y, a, r)
    case .expm1: return mpfr_expm1(y, a, r)
    case .log: return mpfr_log(y, a, r)
    case .log2: return mpfr_log2(y, a, r)
    case .log10: return mpfr_log10(y, a, r)
    case .log1p: return mpfr_log1p(y, a, r)
    case .sin: return mpfr_sin(y, a, r)
    case .cos: return mpfr_cos(y, a, r)
    case .tan: return mpfr_tan(y, a, r)
    case .asin: return mpfr_asin(y, a, r)
    case .acos: return mpfr_acos(y, a, r)
    case .atan: return mpfr_atan(y, a, r)
    case .sinh: return mpfr_sinh(y, a, r)
    case .cosh: return mpfr_cosh(y, a, r)
    case .tanh: return mpfr_tanh(y, a, r)
    case .asinh: return mpfr_asinh(y, a, r)
    case .acosh: return mpfr_acosh(y, a, r)
    case .atanh: return mpfr_atanh(y, a, r)
    case .erf: return mpfr_erf(y, a, r)
    case .erfc: return mpfr_erfc(y, a, r)
    case .gamma: return mpfr_gamma(y, a, r)
    case .lgamma:
      var sign: Int32 = 0
      return mpfr_lgamma(y, &sign, a, r)
    case .cbrt: return mpfr_cbrt(y, a, r)
    case .rsqrt: return mpfr_rec_sqrt(y, a, r)
    case .reciprocal: return mpfr_ui_div(y, 1, a, r)
    case .square: return mpfr_sqr(y, a, r)
    case .pow: return mpfr_pow(y, a, b, r)
    case .hypot: return mpfr_hypot(y, a, b, r)
    case .atan2: return mpfr_atan2(y, a, b, r)
    case .fmod: return mpfr_fmod(y, a, b, r)
    default: preconditionFailure("\(rawValue) is no single call")
    }
  }
}
