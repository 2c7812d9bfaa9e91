// SPDX-License-Identifier: Apache-2.0

/// Y = X + 1 bᵀ, X and Y: (B, O), b: (1, O).
///
/// Gradients: dX = dY, db = the column sums of dY in ascending order of the batch, each partial sum
/// rounded to the policy's accumulator.
struct Bias<A: TrainingArithmetic>: Primitive {
  var operation: String { "bias" }

  func forward(_ inputs: [Tensor<A.Scalar>], _ engine: Engine<A>) -> Tensor<A.Scalar> {
    let (x, bias) = (inputs[0], inputs[1])
    var y = x.values
    for row in 0..<x.rows {
      for column in 0..<x.columns { y[row * x.columns + column] += bias.values[column] }
    }
    return engine.store(y, rows: x.rows, columns: x.columns, as: x.precision)
  }

  func backward(
    _ gradient: Tensor<A.Scalar>, inputs: [Tensor<A.Scalar>], output: Tensor<A.Scalar>,
    _ engine: Engine<A>
  ) -> [Tensor<A.Scalar>?] {
    // Elementwise arithmetic is FP16 exactly where the accumulator is.
    var sums = [A.Scalar](repeating: 0, count: gradient.columns)
    for row in 0..<gradient.rows {
      for column in 0..<gradient.columns {
        sums[column] = A.round(sums[column] + gradient.values[row * gradient.columns + column])
      }
    }
    let bias = engine.store(
      sums, rows: 1, columns: gradient.columns, as: inputs[1].precision)
    return [gradient, bias]
  }

  func passesGradientOn(_ inputs: [Tensor<A.Scalar>], output: Tensor<A.Scalar>) -> Bool { true }
}
