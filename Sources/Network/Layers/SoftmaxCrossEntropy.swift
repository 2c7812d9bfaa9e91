// SPDX-License-Identifier: Apache-2.0
import Policies

/// L = the mean over the rows of -ln softmax(X)[target], X: (..., V), L: a scalar.
///
/// Gradient: dX = (softmax(X) - onehot(target)) dL/B, where dL carries the loss scale and B is the
/// number of rows. The maximum is subtracted first; a row's sum is interleaved, the mean's
/// ascending.
///
/// With a label smoothing of ε (Szegedy et al., 2015) the target of a row is 1 - ε + ε/V in its own
/// class and ε/V in every other. As torch has it, L = (1 - ε) M + (ε/V) N, M the mean above and N
/// the mean over the rows of Σ -ln softmax(X), the sum over the classes interleaved.
struct SoftmaxCrossEntropy: Primitive {
  let targets: [Int]
  /// ε, from 0 and below 1.
  var smoothing = 0.0
  var operation: String { "cross-entropy" }
  var operationClass: OperationClass { .loss }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let x = inputs[0]
    let columns = x.columns
    let logits = x.values(N.self)
    // Rows' losses first: threads may compute them, the sum over rows is in order.
    let wide = kernel.rule.compute.precision
    let isSmoothed = smoothing > 0
    let width = isSmoothed ? 2 : 1
    let losses = withExtendedLifetime(x) {
      kernel.make([targets.count, width], as: wide, unit: width, work: 16 * columns) {
        rows, target in
        kernel.withScratch(columns) { terms in
          for row in rows {
            let logits = logits + row * columns
            let (largest, total) = Softmax.exponentials(logits, terms, kernel)
            let logarithm = N.apply(.log, total)
            target[row * width] = logarithm - (logits[targets[row]] - largest)
            guard isSmoothed else { continue }
            target[row * width + 1] = kernel.sum(columns) { logarithm - (logits[$0] - largest) }
          }
        }
      }
    }
    let terms = losses.values(N.self)
    let loss = withExtendedLifetime(losses) {
      kernel.make([], as: kernel.output(x)) { _, target in
        func mean(_ column: Int) -> N {
          var sum = N.zero
          for row in 0..<targets.count { sum = kernel.plus(sum, terms[row * width + column]) }
          return sum / N(Double(targets.count))
        }
        target[0] =
          isSmoothed
          ? mean(0) * N(1 - smoothing) + mean(1) * N(smoothing / Double(columns)) : mean(0)
      }
    }
    return ForwardResult(output: loss)
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    let x = pass.inputs[0]
    let columns = x.columns
    let logits = x.values(N.self)
    let factor = gradient.values(N.self)[0] / N(Double(targets.count))
    let others = N(smoothing / Double(columns))
    let own = N(1 - smoothing + smoothing / Double(columns))
    let dx = withExtendedLifetime(x) {
      kernel.make(x.shape, as: kernel.gradient(x), unit: columns, work: 16) { rows, target in
        kernel.withScratch(columns) { terms in
          for row in rows {
            let (_, total) = Softmax.exponentials(logits + row * columns, terms, kernel)
            let target = target + row * columns
            for i in 0..<columns { target[i] = (terms[i] / total - others) * factor }
            // The target's own: (p - 1) dL/B without a smoothing.
            let i = targets[row]
            target[i] = (terms[i] / total - own) * factor
          }
        }
      }
    }
    return [dx]
  }
}
