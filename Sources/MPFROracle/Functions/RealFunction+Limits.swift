// SPDX-License-Identifier: Apache-2.0

extension RealFunction {
  /// The value at a zero or an infinity of a function that is no MPFR call, or that has another
  /// sign there in MPFR; nil where the usual way leads to it.
  ///
  /// | function | -∞ | ±0 | ∞ |
  /// | --- | --- | --- | --- |
  /// | `sinpi`, `tanpi` | invalid | ±0 | invalid |
  /// | `cospi` | invalid | 1 | invalid |
  /// | `asinpi` | invalid | ±0 | invalid |
  /// | `acospi` | invalid | 1/2 | invalid |
  /// | `atanpi` | -1/2 | ±0 | 1/2 |
  /// | `rsqrt` | invalid | ±∞ | 0 |
  /// | `sigmoid`, `normal`, `hardsigmoid`, `hardswish_gradient` | 0 | 1/2 | 1 |
  /// | `softplus` | 0 | ln 2 | ∞ |
  /// | `silu`, `gelu`, `gelu_tanh`, `mish`, `hardswish` | -0 | ±0 | ∞ |
  /// | `relu`, `relu6` | 0 | 0 | ∞, 6 |
  /// | `elu` | -1 | ±0 | ∞ |
  /// | `selu` | -λα | ±0 | ∞ |
  /// | `sigmoid_gradient` | 0 | 1/4 | 0 |
  /// | `tanh_gradient` | 0 | 1 | 0 |
  /// | `silu_gradient`, `gelu_gradient`, `gelu_tanh_gradient` | -0 | 1/2 | 1 |
  /// | `mish_gradient` | -0 | 3/5 | 1 |
  /// | `elu_gradient` | 0 | 1 | 1 |
  /// | `selu_gradient` | 0 | λα | λ |
  ///
  /// A zero that numbers approach from below is -0.
  func limit(at x: Double) -> Estimate? {
    if x == 0 { return valueAtZero(isNegative: x.sign == .minus) }
    guard x.isInfinite else { return nil }
    return x < 0 ? limitBelow : limitAbove
  }

  private func valueAtZero(isNegative: Bool) -> Estimate? {
    switch self {
    case .sinpi, .tanpi, .asinpi, .atanpi, .silu, .gelu, .geluTanh, .mish, .hardswish, .elu, .selu:
      .zero(negative: isNegative)
    case .relu, .relu6: .zero()
    case .cospi, .tanhGradient, .eluGradient: .exactly(1)
    case .acospi, .sigmoid, .normal, .hardsigmoid, .hardswishGradient, .siluGradient, .geluGradient,
      .geluTanhGradient:
      .exactly(0.5)
    case .sigmoidGradient: .exactly(0.25)
    // MPFR gives ∞ for -0 where IEEE 754 gives -∞.
    case .rsqrt: .pole(negative: isNegative)
    default: nil
    }
  }

  private var limitBelow: Estimate? {
    switch self {
    case .sinpi, .cospi, .tanpi, .asinpi, .acospi: .invalid
    case .atanpi: .exactly(-0.5)
    case .sigmoid, .normal, .hardsigmoid, .softplus, .relu, .relu6, .sigmoidGradient, .tanhGradient,
      .eluGradient, .seluGradient, .hardswishGradient:
      .zero()
    case .silu, .gelu, .geluTanh, .mish, .hardswish, .siluGradient, .geluGradient,
      .geluTanhGradient, .mishGradient:
      .zero(negative: true)
    case .elu: .exactly(-1)
    default: nil
    }
  }

  private var limitAbove: Estimate? {
    switch self {
    case .sinpi, .cospi, .tanpi, .asinpi, .acospi: .invalid
    case .atanpi: .exactly(0.5)
    case .sigmoid, .normal, .hardsigmoid, .siluGradient, .geluGradient, .geluTanhGradient,
      .mishGradient, .hardswishGradient, .eluGradient:
      .exactly(1)
    case .relu6: .exactly(6)
    case .softplus, .silu, .gelu, .geluTanh, .mish, .hardswish, .relu, .elu, .selu: .infinity()
    case .sigmoidGradient, .tanhGradient: .zero()
    default: nil
    }
  }
}
