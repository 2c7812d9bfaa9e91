// SPDX-License-Identifier: Apache-2.0

/// Y = X W, X: (B, I), W: (I, O), Y: (B, O), B the batch, I inputs, O outputs.
///
/// Gradients: dX = dY Wᵀ, dW = Xᵀ dY. Operands and results are in the policy's operand format.
struct MatMul<A: TrainingArithmetic>: Primitive {
  var operation: String { "matmul" }

  func forward(_ inputs: [Tensor<A.Scalar>], _ engine: Engine<A>) -> Tensor<A.Scalar> {
    engine.matmul(inputs[0], inputs[1], as: engine.policy.operands)
  }

  func backward(
    _ gradient: Tensor<A.Scalar>, inputs: [Tensor<A.Scalar>], output: Tensor<A.Scalar>,
    _ engine: Engine<A>
  ) -> [Tensor<A.Scalar>?] {
    let (x, w) = (inputs[0], inputs[1])
    return [
      engine.matmul(gradient, w, transposeB: true, as: x.precision),
      engine.matmul(x, gradient, transposeA: true, as: w.precision),
    ]
  }
}
