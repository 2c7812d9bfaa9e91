// SPDX-License-Identifier: Apache-2.0
import Policies

/// A differentiable operation, forward and backward side by side, in every arithmetic.
protocol Primitive: Sendable {
  /// The name in tags, such as `linear`.
  var operation: String { get }
  /// The class by which the policy chooses its rule.
  var operationClass: OperationClass { get }

  /// The positions of the inputs that are only added, such as a bias.
  var addends: Set<Int> { get }

  /// The products of gradients and weights, its second input, that an element of the first input's
  /// gradient sums; nil for an operation that is no layer with weights.
  func gradientTerms(weights: Tensor) -> Int?

  /// Whether the gradient with respect to each input is that with respect to the output, value for
  /// value: it is then measured where it arrives, once.
  var passesGradientOn: Bool { get }

  /// Whether the backward pass reads the inputs' values, and not their shapes alone.
  var backwardReadsInputs: Bool { get }
  /// Whether the backward pass reads the output's values.
  var backwardReadsOutput: Bool { get }

  /// The output of the operation, and what the backward pass wants to keep.
  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult

  /// What the backward pass computes that does not depend on the gradient, unrounded: for several
  /// backward passes from one forward pass. Empty where that is nothing, or little.
  func prepared<N: Number>(_ pass: ForwardPass, _ kernel: Kernel<N>) -> [Tensor]

  /// The gradient with respect to each input, nil where none is needed or none exists.
  ///
  /// - Parameter gradient: the gradient with respect to the output.
  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?]
}

extension Primitive {
  var addends: Set<Int> { [] }
  func gradientTerms(weights: Tensor) -> Int? { nil }
  var passesGradientOn: Bool { false }
  var backwardReadsInputs: Bool { true }
  var backwardReadsOutput: Bool { false }
  func prepared<N: Number>(_ pass: ForwardPass, _ kernel: Kernel<N>) -> [Tensor] { [] }
}

/// What an operation's forward pass leaves.
struct ForwardResult {
  /// The output.
  var output: Tensor
  /// What the backward pass would otherwise compute again, such as means and deviations.
  var saved: [Tensor] = []
  /// Of a scaled cast, the output as it is stored.
  var scaled: ScaledTensor?
}

/// What an operation's backward pass sees of its forward pass.
struct ForwardPass {
  var inputs: [Tensor]
  var output: Tensor
  var saved: [Tensor]
  /// What was prepared for several backward passes; empty for one.
  var prepared: [Tensor] = []
  /// Which inputs need a gradient.
  var needsGradient: [Bool]
  /// The output's gradient before the cast that products read, whose sums are the addends'
  /// gradients; nil where it is the same.
  var arrived: Tensor?
}
