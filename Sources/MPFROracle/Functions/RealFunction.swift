// SPDX-License-Identifier: Apache-2.0

/// A function of one or two real numbers that rounds like an operation: those of IEEE 754-2019,
/// clause 9.2, those of C23 that are none of them, and the activations of deep learning with their
/// derivatives.
///
/// Values at infinities are limits: e^-∞ = 0, gelu(-∞) = -0. A NaN gives a NaN, but in pow(x, 0),
/// pow(1, y) and hypot(∞, y). Outside its domain a function is an invalid operation. `limit(at:)`
/// has the table of what MPFR does not decide.
///
/// Sums, products, quotients, square roots and remainders are `ArithmeticOperation`s.
package enum RealFunction: String, CaseIterable, Hashable, Sendable, Codable {
  case exp, exp2, exp10
  /// e^x - 1.
  case expm1
  case log, log2, log10
  /// ln(1 + x).
  case log1p
  /// Of angles in radians.
  case sin, cos, tan, asin, acos, atan
  /// sin(πx), ±0 at ±n (IEEE 754-2019, clause 9.2.1).
  case sinpi
  /// cos(πx), +0 at n + 1/2 (IEEE 754-2019, clause 9.2.1).
  case cospi
  /// sin(πx) / cos(πx), signs of zeros included: ∞ at n + 1/2 of even n, -∞ of odd n, with the
  /// exception of a division by zero (IEEE 754-2019, clause 9.2.1).
  case tanpi
  /// asin(x)/π, acos(x)/π and atan(x)/π (IEEE 754-2019, clause 9.2).
  case asinpi, acospi, atanpi
  case sinh, cosh, tanh, asinh, acosh, atanh
  case erf, erfc
  /// Γ(x), the integral of t^(x-1) e^-t over t > 0 and what continues it: ±∞ at ±0 with the
  /// exception of a division by zero, no value at negative integers and -∞ (C23, F.10.5.4).
  case gamma
  /// ln |Γ(x)|: +∞ at 0 and negative integers with the exception of a division by zero, +∞ at
  /// both infinities (C23, F.10.5.3).
  case lgamma
  case cbrt
  /// 1/√x; ±∞ at ±0 (IEEE 754-2019, clause 9.2.1).
  case rsqrt
  /// 1/x, a division's value and exceptions.
  case reciprocal
  /// x².
  case square
  /// 1 / (1 + e^-x).
  case sigmoid
  /// ln(1 + e^x); its derivative is the sigmoid.
  case softplus
  /// x / (1 + e^-x).
  case silu
  /// Φ(x), the distribution function of the standard normal.
  case normal
  /// x Φ(x) (Hendrycks and Gimpel, 2016, equation 1).
  case gelu
  /// x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2 (the same paper, equation 2).
  case geluTanh = "gelu_tanh"
  /// x tanh(ln(1 + e^x)) (Misra, 2019).
  case mish
  /// max(x, 0), +0 at -0: IEEE 754-2019's maximum(x, +0) of numbers.
  case relu
  /// min(max(x, 0), 6) (Krizhevsky, 2010).
  case relu6
  /// relu6(x + 3) / 6 (Howard and others, 2019, section 5.2).
  case hardsigmoid
  /// x relu6(x + 3) / 6, -0 from -3 down (Howard and others, 2019, section 5.2).
  case hardswish
  /// x for x > 0, e^x - 1 elsewhere: alpha is 1 (Clevert, Unterthiner and Hochreiter, 2015).
  case elu
  /// λx for x > 0, λα (e^x - 1) elsewhere (Klambauer and others, 2017, equation 2), the constants
  /// being the decimals that PyTorch, TensorFlow and JAX share, as real numbers:
  /// α = 1.6732632423543772848170429916717 and λ = 1.0507009873554804934193349852946. They are the
  /// paper's closed forms to 32 digits.
  case selu
  /// The sigmoid's derivative: 1 / (4 cosh²(x/2)).
  case sigmoidGradient = "sigmoid_gradient"
  /// The derivative of tanh: 1 / cosh² x.
  case tanhGradient = "tanh_gradient"
  /// silu's derivative: σ(x) (1 + x σ(-x)), σ being the sigmoid.
  case siluGradient = "silu_gradient"
  /// gelu's derivative: Φ(x) + x e^(-x²/2) / √(2π).
  case geluGradient = "gelu_gradient"
  /// gelu_tanh's derivative: σ(v) (1 + x v' σ(-v)), v = √(8/π) (x + 0.044715 x³).
  case geluTanhGradient = "gelu_tanh_gradient"
  /// mish's derivative: t + x (1 - t²) σ(x), t = tanh(ln(1 + e^x)); 3/5 at 0.
  case mishGradient = "mish_gradient"
  /// hardswish's derivative: (2x + 3) / 6 between -3 and 3; 0 from -3 down and 1 from 3 up.
  case hardswishGradient = "hardswish_gradient"
  /// elu's derivative: 1 for x > 0, e^x elsewhere.
  case eluGradient = "elu_gradient"
  /// selu's derivative: λ for x > 0, λα e^x elsewhere, 0 included.
  case seluGradient = "selu_gradient"
  /// x^y.
  case pow
  /// √(x² + y²).
  case hypot
  /// The angle of the point (y, x), y first.
  case atan2
  /// x - n y, n being x/y rounded toward zero: exact, zeros with x's sign (C23, F.10.7.1).
  case fmod

  /// The number of operands.
  package var arity: Int {
    switch self {
    case .pow, .hypot, .atan2, .fmod: 2
    default: 1
    }
  }
}
