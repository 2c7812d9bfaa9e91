// SPDX-License-Identifier: Apache-2.0
import MPFROracle

/// The reference's arithmetic applied to the operands that another twin's operation had: what
/// differs from that operation's result is what its own roundings added.
struct Replay {
  /// The reference.
  let policy: Policy
  /// Memory and threads.
  let context: StepContext

  /// An operation's result. A cast leaves its operand as it is, but for 2^`exponent`.
  func forward<P: Primitive>(
    _ primitive: P, _ inputs: [Tensor], layer: String, exponent: Int
  ) -> Tensor {
    if primitive is Cast { return scaled(converted(inputs[0]), by: exponent) }
    func run<N: Number>(_: N.Type) -> Tensor {
      primitive.forward(inputs.map(converted), kernel(primitive, layer: layer, N.self)).output
    }
    return policy.isMPFR ? run(Real.self) : run(Double.self)
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
    func run<N: Number>(_: N.Type) -> [Tensor?] {
      primitive.backward(
        converted(gradient), wide, kernel(primitive, layer: layer, N.self))
    }
    return policy.isMPFR ? run(Real.self) : run(Double.self)
  }

  /// A tensor in the reference's format times 2^`exponent`.
  func scaled(_ x: Tensor, by exponent: Int) -> Tensor {
    guard exponent != 0 else { return x }
    let factor = Double(sign: .plus, exponent: exponent, significand: 1)
    func product<N: Number>(_: N.Type) -> Tensor {
      Kernel<N>(rule: policy.rule, context: context).map(x, as: x.precision) { $0 * N(factor) }
    }
    return policy.isMPFR ? product(Real.self) : product(Double.self)
  }

  /// The sum of two gradients of a value.
  func added(_ a: Tensor, _ b: Tensor) -> Tensor {
    func sum<N: Number>(_: N.Type) -> Tensor {
      Kernel<N>(rule: policy.rule, context: context).map(a, b, as: a.precision) { $0 + $1 }
    }
    return policy.isMPFR ? sum(Real.self) : sum(Double.self)
  }

  /// The values of a tensor in the reference's format.
  func converted(_ tensor: Tensor) -> Tensor {
    let values = tensor.doubles
    return policy.tensor(tensor.shape, as: policy.weights, context) { values[$0] }
  }

  private func kernel<P: Primitive, N: Number>(
    _ primitive: P, layer: String, _: N.Type
  ) -> Kernel<N> {
    Kernel(rule: policy.rule(primitive.operationClass, layer: layer), context: context)
  }
}
