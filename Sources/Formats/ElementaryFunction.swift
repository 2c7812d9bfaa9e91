// SPDX-License-Identifier: Apache-2.0

/// A function that training needs and no IEEE 754 instruction computes.
///
/// Values at the ends are limits: e^-∞ = 0, gelu(-∞) = -0. A NaN gives a NaN.
public enum ElementaryFunction: String, Hashable, Sendable, Codable, CaseIterable {
  /// e^x.
  case exp
  /// ln x; -∞ at zeros, NaN below.
  case log
  /// (e^x - e^-x) / (e^x + e^-x).
  case tanh
  /// 1 / (1 + e^-x).
  case sigmoid
  /// 2/√π ∫₀ˣ e^(-t²) dt.
  case erf
  /// Φ(x) = (1 + erf(x/√2)) / 2, the distribution function of the standard normal.
  case normal
  /// x Φ(x), the exact form (Hendrycks and Gimpel, 2016, equation 1).
  case gelu
  /// x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2, the constants being real numbers (the same paper,
  /// equation 2).
  case geluTanh = "gelu-tanh"
  /// 1/√x; ±∞ at ±0, NaN below (IEEE 754-2019, clause 9.2, rSqrt).
  case rsqrt
}
