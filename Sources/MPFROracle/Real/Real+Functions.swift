// SPDX-License-Identifier: Apache-2.0
import CMPFR
import Formats

extension Real {
  /// Bits beyond the result's in which a function of several steps is evaluated: each step errs by
  /// half an ulp of theirs, so that the result is the rounded value but for one case in 2^28.
  private static let guardBits = 32

  /// f(x), rounded to x's precision; exp, log, tanh, erf and rsqrt exactly rounded, the others
  /// evaluated with `guardBits` more bits.
  package func applying(_ function: ElementaryFunction) -> Real {
    let working = precision + Self.guardBits
    let x = number.pointer
    switch function {
    case .exp: return step { mpfr_exp($0, x, MPFR_RNDN) }
    case .log: return step { mpfr_log($0, x, MPFR_RNDN) }
    case .tanh: return step { mpfr_tanh($0, x, MPFR_RNDN) }
    case .erf: return step { mpfr_erf($0, x, MPFR_RNDN) }
    case .rsqrt: return step { mpfr_rec_sqrt($0, x, MPFR_RNDN) }
    case .sigmoid: return (-wide(working)).logistic().rounded(toPrecision: precision)
    case .normal: return wide(working).distribution().rounded(toPrecision: precision)
    case .gelu:
      guard mpfr_inf_p(x) == 0 else { return limit }
      let wide = wide(working)
      return (wide * wide.distribution()).rounded(toPrecision: precision)
    case .geluTanh:
      guard mpfr_inf_p(x) == 0 else { return limit }
      let wide = wide(working)
      let cubic = Real(44715).rounded(toPrecision: working) / Real(1_000_000)
      // x (1 + tanh u) / 2 = x / (1 + e^(-2u)), u = √(2/π) (x + 0.044715 x³), and 2 √(2/π) =
      // √(8/π).
      let scale = (Real(8).rounded(toPrecision: working) / .pi(working)).squareRoot()
      let argument = -(scale * (wide + cubic * (wide * (wide * wide))))
      return (wide * argument.logistic()).rounded(toPrecision: precision)
    }
  }

  private func step(_ function: (mpfr_ptr) -> Int32) -> Real {
    Real(MPFRNumber(precision: precision) { _ = function($0) })
  }

  private func wide(_ bits: Int) -> Real { rounded(toPrecision: bits) }

  /// 1 / (1 + e^x).
  private func logistic() -> Real {
    Real(1) / (Real(1) + step { mpfr_exp($0, number.pointer, MPFR_RNDN) })
  }

  /// erfc(-x/√2) / 2.
  private func distribution() -> Real {
    let argument = -(self * Real(0.5).rounded(toPrecision: precision).squareRoot())
    let complement = argument.step { mpfr_erfc($0, argument.number.pointer, MPFR_RNDN) }
    return complement * Real(0.5)
  }

  /// x Φ(x) at an infinity: -0 or +∞.
  private var limit: Real {
    mpfr_signbit(number.pointer) != 0 ? Real(-0.0).rounded(toPrecision: precision) : self
  }

  private static func pi(_ bits: Int) -> Real {
    Real(MPFRNumber(precision: bits) { mpfr_const_pi($0, MPFR_RNDN) })
  }

  /// cos x and sin x, each rounded once to x's precision.
  package var circular: (cosine: Real, sine: Real) {
    let x = number.pointer
    return (step { mpfr_cos($0, x, MPFR_RNDN) }, step { mpfr_sin($0, x, MPFR_RNDN) })
  }

  /// Σ a(k) b(k) in ascending order from +0, each term one fused multiply-add of `precision` bits.
  package static func sumOfProducts(
    _ a: UnsafePointer<Real>, stride strideOfA: Int, _ b: UnsafePointer<Real>,
    stride strideOfB: Int, count: Int, precision: Int
  ) -> Real {
    Real(
      MPFRNumber(precision: precision) { sum in
        mpfr_set_zero(sum, 1)
        for k in 0..<count {
          let (x, y) = (a[k * strideOfA].number.pointer, b[k * strideOfB].number.pointer)
          mpfr_fma(sum, x, y, sum, MPFR_RNDN)
        }
      })
  }
}
