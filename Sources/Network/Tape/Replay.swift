// SPDX-License-Identifier: Apache-2.0
import Policies

/// The reference's arithmetic applied to the operands that another twin's operation had: what
/// differs from that operation's result is what its own roundings added.
package struct Replay {
  /// The reference.
  let policy: Policy
  /// Memory and threads.
  let context: StepContext

  /// The replay in a reference's arithmetic.
  package init(policy: Policy, context: StepContext) {
    self.policy = policy
    self.context = context
  }

  /// An operation's result. A cast leaves its operand as it is, but for 2^`exponent`.
  func forward<P: Primitive>(
    _ primitive: P, _ inputs: [Tensor], layer: String, exponent: Int
  ) -> Tensor {
    if primitive is Cast { return scaled(converted(inputs[0]), by: exponent) }
    let operation = Operation(
      primitive: primitive, rule: policy.rule(primitive.operationClass, layer: layer),
      context: context, inputs: inputs.map(converted))
    return policy.held.run(operation).result.output
  }

  /// The gradients that an operation's backward pass makes of what the other twin's forward pass
  /// left.
  func backward<P: Primitive>(
    _ primitive: P, _ gradient: Tensor, _ pass: ForwardPass, layer: String
  ) -> [Tensor?] {
    if primitive is Cast { return [converted(gradient)] }
    let wide = ForwardPass(
      inputs: pass.inputs.map(converted), output: converted(pass.output),
      saved: pass.saved.map(converted), needsGradient: pass.needsGradient)
    return policy.held.run(
      Gradients(
        primitive: primitive, rule: policy.rule(primitive.operationClass, layer: layer),
        context: context, gradient: converted(gradient), pass: wide))
  }

  /// A tensor times 2^`exponent` in the reference's format: exact but for overflow and underflow.
  func scaled(_ x: Tensor, by exponent: Int) -> Tensor {
    guard exponent != 0 else { return x }
    return policy.held.run(
      ScaledValues(x: x, exponent: exponent, rule: policy.rule, context: context))
  }

  /// The sum of two gradients of a value.
  func added(_ a: Tensor, _ b: Tensor) -> Tensor {
    policy.held.run(GradientSum(a: a, b: b, rule: policy.rule, context: context))
  }

  /// The values of a tensor in the reference's format.
  func converted(_ tensor: Tensor) -> Tensor {
    policy.rounded(tensor, to: policy.weights, context)
  }
}
