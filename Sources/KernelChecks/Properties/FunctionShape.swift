// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// What is known of the graph of a function of one number, of which the nearest numbers to its
/// values have the same.
struct FunctionShape {
  /// A part of the line on which the function only rises, or only falls.
  struct Piece {
    var from: Double
    var through: Double
    var rises: Bool
  }

  /// `odd` or `even`; nil of neither.
  var symmetry: KernelProperty?
  var pieces: [Piece] = []
  /// What no value exceeds; nil where there is no bound on either side.
  var range: ClosedRange<Double>?

  /// The properties that it has.
  var properties: [KernelProperty] {
    [pieces.isEmpty ? nil : .monotonic, symmetry, range.map { _ in .range }].compactMap(\.self)
  }

  init(_ function: ElementFunction) {
    switch function {
    case .arithmetic(.sqrt): (pieces, range) = (Self.rising(0, .infinity), 0...(.infinity))
    case .arithmetic: break
    case .integral(let integral):
      pieces = Self.rising(-.infinity, .infinity)
      if ![.floor, .ceil].contains(integral) { symmetry = .odd }
    case .real(let real) where real.arity == 1:
      symmetry = Self.symmetry(real)
      pieces = Self.pieces(real)
      range = Self.range(real)
    case .real: break
    }
  }

  private static func symmetry(_ function: RealFunction) -> KernelProperty? {
    switch function {
    case .sin, .tan, .asin, .atan, .sinh, .tanh, .asinh, .atanh, .erf, .cbrt, .sinpi, .tanpi,
      .asinpi, .atanpi, .reciprocal:
      .odd
    case .cos, .cosh, .cospi, .square, .sigmoidGradient, .tanhGradient: .even
    default: nil
    }
  }

  private static func rising(_ from: Double, _ through: Double) -> [Piece] {
    [Piece(from: from, through: through, rises: true)]
  }

  private static func falling(_ from: Double, _ through: Double) -> [Piece] {
    [Piece(from: from, through: through, rises: false)]
  }

  private static func pieces(_ function: RealFunction) -> [Piece] {
    let (least, most) = (Double.leastNonzeroMagnitude, Double.infinity)
    return switch function {
    case .exp, .exp2, .exp10, .expm1, .atan, .atanpi, .sinh, .tanh, .asinh, .erf, .cbrt, .sigmoid,
      .softplus, .normal, .relu, .relu6, .hardsigmoid, .elu, .selu, .eluGradient:
      rising(-most, most)
    case .log, .log2, .log10: rising(0, most)
    case .log1p: rising(-1, most)
    case .asin, .asinpi, .atanh: rising(-1, 1)
    case .acosh: rising(1, most)
    case .erfc: falling(-most, most)
    case .acos, .acospi: falling(-1, 1)
    case .rsqrt: falling(least, most)
    case .reciprocal: falling(-most, -least) + falling(least, most)
    case .cosh, .square: falling(-most, 0) + rising(0, most)
    case .sigmoidGradient, .tanhGradient: rising(-most, 0) + falling(0, most)
    default: []
    }
  }

  private static func range(_ function: RealFunction) -> ClosedRange<Double>? {
    switch function {
    case .sin, .cos, .sinpi, .cospi, .tanh, .erf: -1...1
    case .sigmoid, .normal, .hardsigmoid, .tanhGradient, .acospi, .eluGradient: 0...1
    case .exp, .exp2, .exp10, .softplus, .relu, .square, .acosh: 0...(.infinity)
    case .cosh: 1...(.infinity)
    case .expm1, .elu: -1...(.infinity)
    case .erfc: 0...2
    case .relu6: 0...6
    case .sigmoidGradient: 0...0.25
    case .asin, .atan: (-Double.pi / 2)...(Double.pi / 2)
    case .acos: 0...Double.pi
    case .asinpi, .atanpi: -0.5...0.5
    default: nil
    }
  }
}
