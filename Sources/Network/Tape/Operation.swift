// SPDX-License-Identifier: Apache-2.0
import Policies

/// An operation on its operands: the result, and its backward pass in the same arithmetic.
struct Operation<P: Primitive>: ArithmeticTask {
  let primitive: P
  let rule: OperationRule
  let context: StepContext
  let inputs: [Tensor]

  func run<N: Number>(
    _: N.Type
  ) -> (result: ForwardResult, backward: Tape.Backward, prepare: Tape.Prepare) {
    let kernel = Kernel<N>(rule: rule, context: context)
    // The backward pass must not hold the inputs: it is given those that it reads.
    return (
      primitive.forward(inputs, kernel), { [primitive] in primitive.backward($0, $1, kernel) },
      { [primitive] in primitive.prepared($0, kernel) }
    )
  }
}

/// The gradients of an operation's inputs from what its forward pass left.
struct Gradients<P: Primitive>: ArithmeticTask {
  let primitive: P
  let rule: OperationRule
  let context: StepContext
  let gradient: Tensor
  let pass: ForwardPass

  func run<N: Number>(_: N.Type) -> [Tensor?] {
    primitive.backward(gradient, pass, Kernel<N>(rule: rule, context: context))
  }
}

/// a + b of two gradients, in the format of the first.
struct GradientSum: ArithmeticTask {
  let a: Tensor
  let b: Tensor
  let rule: OperationRule
  let context: StepContext

  func run<N: Number>(_: N.Type) -> Tensor {
    Kernel<N>(rule: rule, context: context).each(a, b, as: a.precision) { range, a, b, new in
      for i in range { new[i] = a[i] + b[i] }
    }
  }
}

/// x 2^exponent, in the format of x.
struct ScaledValues: ArithmeticTask {
  let x: Tensor
  let exponent: Int
  let rule: OperationRule
  let context: StepContext

  func run<N: Number>(_: N.Type) -> Tensor {
    let factor = N(Double(sign: .plus, exponent: exponent, significand: 1))
    return Kernel<N>(rule: rule, context: context).each(x, as: x.precision) { range, x, new in
      for i in range { new[i] = x[i] * factor }
    }
  }
}
