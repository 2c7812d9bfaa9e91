// SPDX-License-Identifier: Apache-2.0

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
    case .gelu: y = zip(x.values, A.apply(.normal, x.values)).map { $0 * $1 }
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
    case .gelu: dx = zip(derivative(x.values), gradient.values).map { $1 * $0 }
    }
    return [engine.store(dx, rows: x.rows, columns: x.columns, as: x.precision)]
  }

  /// Φ(x) + x φ(x).
  private func derivative(_ x: [A.Scalar]) -> [A.Scalar] {
    let slopes = zip(x, A.normalDensity(x)).map { A.round($0 * $1) }
    return zip(A.apply(.normal, x), slopes).map { A.round($0 + $1) }
  }
}
