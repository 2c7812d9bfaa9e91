// SPDX-License-Identifier: Apache-2.0

/// A differentiable operation of one arithmetic, forward and backward side by side.
protocol Primitive<A>: Sendable {
  associatedtype A: TrainingArithmetic

  /// The name in tags, such as `matmul`.
  var operation: String { get }

  /// The output of the operation.
  func forward(_ inputs: [Tensor<A.Scalar>], _ engine: Engine<A>) -> Tensor<A.Scalar>

  /// The gradient with respect to each input, stored in that input's precision; nil where none is
  /// needed.
  ///
  /// `gradient` is the gradient with respect to `output`, in the output's precision.
  func backward(
    _ gradient: Tensor<A.Scalar>, inputs: [Tensor<A.Scalar>], output: Tensor<A.Scalar>,
    _ engine: Engine<A>
  ) -> [Tensor<A.Scalar>?]

  /// Whether the gradient with respect to the first input is that with respect to the output, value
  /// for value.
  func passesGradientOn(_ inputs: [Tensor<A.Scalar>], output: Tensor<A.Scalar>) -> Bool
}

extension Primitive {
  func passesGradientOn(_ inputs: [Tensor<A.Scalar>], output: Tensor<A.Scalar>) -> Bool { false }
}
