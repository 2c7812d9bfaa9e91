// SPDX-License-Identifier: Apache-2.0
import Policies

/// L = the mean over the rows of -ln softmax(X)[target], X: (..., V), L: a scalar.
///
/// Gradient: dX = (softmax(X) - onehot(target)) dL/B, where dL carries the loss scale and B is the
/// number of rows. The maximum is subtracted first; a row's sum is interleaved, the mean's
/// ascending.
struct SoftmaxCrossEntropy: Primitive {
  let targets: [Int]
  var operation: String { "cross-entropy" }
  var operationClass: OperationClass { .loss }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let x = inputs[0]
    let columns = x.columns
    let logits = x.values(N.self)
    // Rows' losses first: threads may compute them, the sum over rows is in order.
    let wide = kernel.rule.compute.precision
    let losses = withExtendedLifetime(x) {
      kernel.make([targets.count], as: wide, work: 16 * columns) { rows, target in
        kernel.withScratch(columns) { terms in
          for row in rows {
            let logits = logits + row * columns
            let (largest, total) = Softmax.exponentials(logits, terms, kernel)
            target[row] = N.apply(.log, total) - (logits[targets[row]] - largest)
          }
        }
      }
    }
    let terms = losses.values(N.self)
    let mean = withExtendedLifetime(losses) {
      kernel.make([], as: kernel.output(x)) { _, target in
        var sum = N.zero
        for row in 0..<targets.count { sum = kernel.plus(sum, terms[row]) }
        target[0] = sum / N(Double(targets.count))
      }
    }
    return ForwardResult(output: mean)
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    let x = pass.inputs[0]
    let columns = x.columns
    let logits = x.values(N.self)
    let factor = gradient.values(N.self)[0] / N(Double(targets.count))
    let dx = withExtendedLifetime(x) {
      kernel.make(x.shape, as: kernel.gradient(x), unit: columns, work: 16) { rows, target in
        kernel.withScratch(columns) { terms in
          for row in rows {
            let (_, total) = Softmax.exponentials(logits + row * columns, terms, kernel)
            let target = target + row * columns
            for i in 0..<columns { target[i] = terms[i] / total * factor }
            // The target's own: (p - 1) dL/B.
            let i = targets[row]
            target[i] = (terms[i] / total - .one) * factor
          }
        }
      }
    }
    return [dx]
  }
}
