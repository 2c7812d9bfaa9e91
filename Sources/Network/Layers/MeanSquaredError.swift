// SPDX-License-Identifier: Apache-2.0
import Policies

/// L = w Σ (x - t)² / n over all n values, w a weight: X of any shape, L: a scalar. The sum is
/// interleaved; it is divided by n and then multiplied by w.
///
/// Gradient: dX = (x - t) (2w/n dL).
struct MeanSquaredError: Primitive {
  let targets: [Double]
  var weight = 1.0
  var operation: String { "squared-error" }
  var operationClass: OperationClass { .loss }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let x = inputs[0]
    precondition(x.count == targets.count, "\(x.shape) and \(targets.count) targets")
    let values = x.values(N.self)
    let loss = withExtendedLifetime(x) {
      kernel.make([], as: kernel.output(x)) { _, target in
        let sum = kernel.sum(targets.count) { i in
          let difference = values[i] - N(targets[i])
          return difference * difference
        }
        target[0] = sum / N(Double(targets.count)) * N(weight)
      }
    }
    return ForwardResult(output: loss)
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    let x = pass.inputs[0]
    let values = x.values(N.self)
    let factor = N(2 * weight / Double(targets.count)) * gradient.values(N.self)[0]
    let dx = withExtendedLifetime(x) {
      kernel.make(x.shape, as: kernel.gradient(x), work: 2) { range, target in
        for i in range { target[i] = (values[i] - N(targets[i])) * factor }
      }
    }
    return [dx]
  }
}
