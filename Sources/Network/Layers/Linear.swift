// SPDX-License-Identifier: Apache-2.0
import Policies

/// Y = X W + 1 bᵀ, X: (..., I), W: (I, O), b: (O), Y: (..., O), I inputs, O outputs; the bias is
/// optional. The bias is added to the finished sum, and both are rounded together, as in the
/// epilogue of a BLAS for matrix units.
///
/// Gradients: dX = dY Wᵀ, dW = Xᵀ dY, db = the column sums of dY.
struct Linear: Primitive {
  var operation: String { "linear" }
  var operationClass: OperationClass { .product }
  var addends: Set<Int> { [2] }
  func gradientTerms(weights: Tensor) -> Int? { weights.columns }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let (x, w) = (inputs[0], inputs[1])
    return ForwardResult(
      output: kernel.multiply(
        .matrix(x), .matrix(w), bias: inputs.count > 2 ? inputs[2] : nil,
        shape: x.shape.dropLast() + [w.columns], as: kernel.output(x, w)))
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    let (x, w) = (pass.inputs[0], pass.inputs[1])
    let dx =
      pass.needsGradient[0]
      ? kernel.multiply(
        .matrix(gradient), .matrix(w, transposed: true), shape: x.shape, as: kernel.gradient(x))
      : nil
    let dw =
      pass.needsGradient[1]
      ? kernel.multiply(
        .matrix(x, transposed: true), .matrix(gradient), shape: w.shape, as: kernel.gradient(w))
      : nil
    guard pass.inputs.count > 2, pass.needsGradient[2] else { return [dx, dw] }
    let bias = pass.inputs[2]
    let sums = kernel.columnSums(
      pass.arrived ?? gradient, shape: bias.shape, as: kernel.gradient(bias))
    return [dx, dw, sums]
  }
}
