// SPDX-License-Identifier: Apache-2.0
import SoftFloat

/// The nonlinearity of a hidden layer.
public enum ActivationFunction: String, Codable, Sendable, Hashable, CaseIterable {
  /// max(x, 0).
  case relu
  /// x Φ(x), Φ the distribution function of the standard normal (Hendrycks and Gimpel, 2016), not
  /// its tanh approximation.
  case gelu
}

/// Y = f(X) elementwise; gradient: dX = dY f'(X).
///
/// The output has X's precision: one rounding after the primitives of the arithmetic.
struct Activation<A: TrainingArithmetic>: Primitive {
  let function: ActivationFunction
  var operation: String { function.rawValue }

  func forward(_ inputs: [Tensor<A.Scalar>], _ engine: Engine<A>) -> Tensor<A.Scalar> {
    let x = inputs[0]
    let y: [A.Scalar]
    switch function {
    case .relu: y = x.values.map { $0 > 0 || $0 != $0 ? $0 : 0 }
    case .gelu: y = x.values.map { $0 * A.apply(Self.distribution, $0) }
    }
    return engine.store(y, rows: x.rows, columns: x.columns, as: x.precision)
  }

  func backward(
    _ gradient: Tensor<A.Scalar>, inputs: [Tensor<A.Scalar>], output: Tensor<A.Scalar>,
    _ engine: Engine<A>
  ) -> [Tensor<A.Scalar>?] {
    let x = inputs[0]
    let dx: [A.Scalar]
    switch function {
    case .relu: dx = zip(x.values, gradient.values).map { $0 > 0 || $0 != $0 ? $1 : 0 }
    case .gelu: dx = zip(x.values, gradient.values).map { $1 * Self.derivative($0) }
    }
    return [engine.store(dx, rows: x.rows, columns: x.columns, as: x.precision)]
  }

  /// Φ(x) + x φ(x).
  private static func derivative(_ x: A.Scalar) -> A.Scalar {
    A.round(A.apply(distribution, x) + A.round(x * A.apply(density, x)))
  }

  /// Φ(x) = (1 + erf(x/√2)) / 2.
  private static func distribution(_ x: Double) -> Double {
    0.5 + 0.5 * Elementary.erf(x * squareRootOfHalf)
  }

  /// φ(x) = e^(-x²/2) / √(2π).
  private static func density(_ x: Double) -> Double {
    reciprocalRootOf2Pi * Elementary.exp(-0.5 * x * x)
  }
}

private let squareRootOfHalf = 0x1.6a09e667f3bcdp-1
private let reciprocalRootOf2Pi = 0x1.9884533d43651p-2
