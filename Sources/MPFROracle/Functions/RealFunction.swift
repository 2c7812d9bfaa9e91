// SPDX-License-Identifier: Apache-2.0

/// A function of one or two real numbers that rounds like an operation (IEEE 754-2019, clause 9.2,
/// and the activations of deep learning).
///
/// Ends are limits: e^-∞ = 0, gelu(-∞) = -0. A NaN gives a NaN, but in pow(x, 0), pow(1, y) and
/// hypot(∞, y).
package enum RealFunction: String, CaseIterable, Hashable, Sendable {
  case exp, exp2, exp10
  /// e^x - 1.
  case expm1
  case log, log2, log10
  /// ln(1 + x).
  case log1p
  case sin, cos, tan, asin, acos, atan
  case sinh, cosh, tanh, asinh, acosh, atanh
  case erf, erfc
  case cbrt
  /// 1/√x.
  case rsqrt
  /// 1 / (1 + e^-x).
  case sigmoid
  /// ln(1 + e^x).
  case softplus
  /// x / (1 + e^-x).
  case silu
  /// Φ(x), the distribution function of the standard normal.
  case normal
  /// x Φ(x).
  case gelu
  /// x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2.
  case geluTanh = "gelu_tanh"
  /// x^y.
  case pow
  /// √(x² + y²).
  case hypot
  /// The angle of the point (y, x), y first.
  case atan2

  /// The number of operands.
  package var arity: Int {
    switch self {
    case .pow, .hypot, .atan2: 2
    default: 1
    }
  }
}
