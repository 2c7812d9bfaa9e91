// SPDX-License-Identifier: Apache-2.0
import Policies

/// L = the mean over the classes of 1 - (2 Σ p t + s) / (Σ p + Σ t + s): X: (..., C) logits, p their
/// softmax, t 1 where a row is of the class and 0 elsewhere, sums over all rows of the batch, s = 1
/// (Milletari, Navab and Ahmadi, "V-Net", 2016, with the smoothing that its users add and sums
/// instead of sums of squares). L: a scalar.
///
/// Sums over rows are interleaved, the mean's is ascending. Gradient, with S a class's quotient and
/// U its denominator: dp = (S - 2t) ((dL/C) / U), dX = p (dp - Σ p dp), the sum over the classes.
struct DiceLoss: Primitive {
  let targets: [Int]
  /// s: a class without a pixel that has no probability either has the loss 0.
  static let smoothing = 1.0
  var operation: String { "dice" }
  var operationClass: OperationClass { .loss }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let x = inputs[0]
    let classes = x.columns
    let quotients = quotients(x, kernel)
    let values = quotients.values(N.self)
    let loss = withExtendedLifetime(quotients) {
      kernel.make([], as: kernel.output(x)) { _, target in
        var sum = N.zero
        for j in 0..<classes { sum = kernel.plus(sum, .one - values[2 * j]) }
        target[0] = sum / N(Double(classes))
      }
    }
    return ForwardResult(output: loss, saved: [quotients])
  }

  /// S and U of each class, shape (C, 2), in the arithmetic's format.
  private func quotients<N: Number>(_ x: Tensor, _ kernel: Kernel<N>) -> Tensor {
    let (rows, classes) = (x.rows, x.columns)
    precondition(rows == targets.count, "\(x.shape) and \(targets.count) targets")
    let wide = kernel.rule.compute.precision
    let probabilities = withExtendedLifetime(x) {
      let logits = x.values(N.self)
      return kernel.make(x.shape, as: wide, unit: classes, work: 16) { some, target in
        kernel.withScratch(classes) { terms in
          for row in some {
            let (_, total) = Softmax.exponentials(logits + row * classes, terms, kernel)
            for i in 0..<classes { target[row * classes + i] = terms[i] / total }
          }
        }
      }
    }
    let p = probabilities.values(N.self)
    let smoothing = N(Self.smoothing)
    return withExtendedLifetime(probabilities) {
      kernel.make([classes, 2], as: wide, unit: 2, work: rows) { some, target in
        for j in some {
          let common = kernel.sum(rows) { targets[$0] == j ? p[$0 * classes + j] : .zero }
          let predicted = kernel.sum(rows) { p[$0 * classes + j] }
          let wanted = N(Double(targets.count { $0 == j }))
          let denominator = predicted + wanted + smoothing
          target[2 * j] = (N(2) * common + smoothing) / denominator
          target[2 * j + 1] = denominator
        }
      }
    }
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    let (x, quotients) = (pass.inputs[0], pass.saved[0])
    let classes = x.columns
    let (logits, values) = (x.values(N.self), quotients.values(N.self))
    let factor = gradient.values(N.self)[0] / N(Double(classes))
    let dx = withExtendedLifetime((x, quotients)) {
      kernel.make(x.shape, as: kernel.gradient(x), unit: classes, work: 20) { rows, target in
        kernel.withScratch(2 * classes) { scratch in
          let terms = UnsafeMutableBufferPointer(rebasing: scratch[..<classes])
          let slopes = UnsafeMutableBufferPointer(rebasing: scratch[classes...])
          for row in rows {
            let (_, total) = Softmax.exponentials(logits + row * classes, terms, kernel)
            for j in 0..<classes {
              terms[j] = terms[j] / total
              let wanted = targets[row] == j ? N(2) : .zero
              slopes[j] = (values[2 * j] - wanted) * (factor / values[2 * j + 1])
            }
            let sum = kernel.sum(classes) { terms[$0] * slopes[$0] }
            for j in 0..<classes { target[row * classes + j] = terms[j] * (slopes[j] - sum) }
          }
        }
      }
    }
    return [dx]
  }
}
