// SPDX-License-Identifier: Apache-2.0
import Policies

/// Y = (X r) γ, r = 1 / √(Σ X²/D + ε), over each row of D values: X, Y: (..., D), γ: (D) (Zhang and
/// Sennrich, "Root mean square layer normalization", 2019), as torch.nn.RMSNorm.
///
/// Gradients, with x̂ = X r and g = dY γ: dX = r (g - x̂ mean(g x̂)), dγ = Σ dY x̂. Sums over a row are
/// interleaved, sums over rows ascending.
struct RMSNormalization: Primitive {
  var epsilon = Normalization.epsilon
  var operation: String { "rms-norm" }
  var operationClass: OperationClass { .layerNormalization }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let (x, gamma) = (inputs[0], inputs[1])
    let factors = factors(x, kernel)
    let columns = x.columns
    let (x0, g0, r0) = (x.values(N.self), gamma.values(N.self), factors.values(N.self))
    let y = withExtendedLifetime((x, gamma, factors)) {
      kernel.make(x.shape, as: kernel.output(x), unit: columns, work: 2) { rows, target in
        for row in rows {
          let factor = r0[row]
          let (x, y) = (x0 + row * columns, target + row * columns)
          for i in 0..<columns { y[i] = x[i] * factor * g0[i] }
        }
      }
    }
    return ForwardResult(output: y, saved: [factors])
  }

  /// r of each row, in the arithmetic's format.
  private func factors<N: Number>(_ x: Tensor, _ kernel: Kernel<N>) -> Tensor {
    let columns = x.columns
    let x0 = x.values(N.self)
    let (count, epsilon) = (N(Double(columns)), N(epsilon))
    return withExtendedLifetime(x) {
      kernel.make([x.rows], as: kernel.rule.compute.precision, work: columns) { rows, target in
        for row in rows {
          let x = x0 + row * columns
          let squares = kernel.sum(columns) { x[$0] * x[$0] }
          target[row] = .one / (squares / count + epsilon).squareRoot()
        }
      }
    }
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    let (x, gamma, factors) = (pass.inputs[0], pass.inputs[1], pass.saved[0])
    let (rows, columns) = (x.rows, x.columns)
    let (x0, g0, r0) = (x.values(N.self), gamma.values(N.self), factors.values(N.self))
    let dy0 = gradient.values(N.self)
    let count = N(Double(columns))
    return withExtendedLifetime((pass, gradient)) {
      let dx = kernel.make(x.shape, as: kernel.gradient(x), unit: columns, work: 6) {
        some, target in
        for row in some {
          let factor = r0[row]
          let (x, dy) = (x0 + row * columns, dy0 + row * columns)
          let dx = target + row * columns
          let projection = kernel.sum(columns) { dy[$0] * g0[$0] * (x[$0] * factor) } / count
          for i in 0..<columns {
            dx[i] = factor * (dy[i] * g0[i] - x[i] * factor * projection)
          }
        }
      }
      let dGamma = kernel.make(gamma.shape, as: kernel.gradient(gamma), work: rows) {
        some, target in
        for i in some { target[i] = .zero }
        for row in 0..<rows {
          let factor = r0[row]
          let (x, dy) = (x0 + row * columns, dy0 + row * columns)
          for i in some { target[i] = target[i] + dy[i] * (x[i] * factor) }
        }
      }
      return [dx, dGamma]
    }
  }
}
