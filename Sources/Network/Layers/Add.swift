// SPDX-License-Identifier: Apache-2.0
import Policies

/// Y = A + B, all of one shape, as a residual connection adds them; gradient: dA = dB = dY.
struct Add: Primitive {
  var operation: String { "add" }
  var operationClass: OperationClass { .elementwise }
  var backwardReadsInputs: Bool { false }
  var passesGradientOn: Bool { true }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let (a, b) = (inputs[0], inputs[1])
    return ForwardResult(
      output: kernel.each(a, b, as: kernel.output(a, b)) { range, a, b, sum in
        for i in range { sum[i] = a[i] + b[i] }
      })
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    pass.inputs.map { input in
      let precision = kernel.gradient(input)
      return gradient.precision.isContained(in: precision)
        ? gradient.widened(to: precision) : kernel.map(gradient, as: precision) { $0 }
    }
  }
}
