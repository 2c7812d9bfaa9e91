// SPDX-License-Identifier: Apache-2.0
import Policies

/// L = the mean of -t ln σ(x) - (1 - t) ln (1 - σ(x)) over all n values, σ the logistic function
/// and x its argument, the logit: X of any shape, L: a scalar.
///
/// A term is (max(x, 0) - x t) + ln(1 + e^-|x|), which overflows nowhere; where e^-|x| is below the
/// unit roundoff the logarithm is 0. The sum is interleaved. Gradient: dX = (σ(x) - t) (dL/n).
struct BinaryCrossEntropy: Primitive {
  let targets: [Double]
  var operation: String { "binary-cross-entropy" }
  var operationClass: OperationClass { .loss }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let x = inputs[0]
    precondition(x.count == targets.count, "\(x.shape) and \(targets.count) targets")
    let values = x.values(N.self)
    let loss = withExtendedLifetime(x) {
      kernel.make([], as: kernel.output(x)) { _, target in
        kernel.withScratch(targets.count) { terms in
          for i in terms.indices { terms[i] = values[i] < .zero ? values[i] : -values[i] }
          N.apply(.exp, terms)
          for i in terms.indices { terms[i] = .one + terms[i] }
          N.apply(.log, terms)
          let sum = kernel.sum(targets.count) { i in
            (values[i].rectified - values[i] * N(targets[i])) + terms[i]
          }
          target[0] = sum / N(Double(targets.count))
        }
      }
    }
    return ForwardResult(output: loss)
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    let x = pass.inputs[0]
    let values = x.values(N.self)
    let factor = gradient.values(N.self)[0] / N(Double(targets.count))
    let dx = withExtendedLifetime(x) {
      kernel.make(x.shape, as: kernel.gradient(x), work: 8) { range, target in
        for i in range { target[i] = values[i] }
        N.apply(
          .sigmoid,
          UnsafeMutableBufferPointer(start: target + range.lowerBound, count: range.count))
        for i in range { target[i] = (target[i] - N(targets[i])) * factor }
      }
    }
    return [dx]
  }
}
