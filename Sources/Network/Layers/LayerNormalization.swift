// SPDX-License-Identifier: Apache-2.0
import Policies

/// Y = (X - μ) / √(σ² + ε) γ + β over each row of D values: X, Y: (..., D), γ, β: (D), μ and σ² a
/// row's mean and biased variance (Ba, Kiros and Hinton, 2016).
///
/// Gradients, with x̂ the normalized values and g = dY γ: dX = (g - mean g - x̂ mean(g x̂)) / √(σ² + ε),
/// dγ = Σ dY x̂, dβ = Σ dY. Sums over a row are interleaved, sums over rows ascending.
struct LayerNormalization: Primitive {
  var epsilon = Normalization.epsilon
  var operation: String { "layer-norm" }
  var operationClass: OperationClass { .layerNormalization }
  var addends: Set<Int> { [2] }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let (x, gamma, beta) = (inputs[0], inputs[1], inputs[2])
    let statistics = statistics(x, kernel)
    let columns = x.columns
    let (x0, g0, b0) = (x.values(N.self), gamma.values(N.self), beta.values(N.self))
    let s0 = statistics.values(N.self)
    let y = withExtendedLifetime((x, gamma, beta, statistics)) {
      kernel.make(x.shape, as: kernel.output(x), unit: columns, work: 4) { rows, target in
        for row in rows {
          let (mean, scale) = (s0[2 * row], s0[2 * row + 1])
          let x = x0 + row * columns
          let y = target + row * columns
          for i in 0..<columns { y[i] = (x[i] - mean) * scale * g0[i] + b0[i] }
        }
      }
    }
    return ForwardResult(output: y, saved: [statistics])
  }

  /// The mean and 1/√(σ² + ε) of each row, shape (rows, 2), in the arithmetic's format.
  private func statistics<N: Number>(_ x: Tensor, _ kernel: Kernel<N>) -> Tensor {
    let columns = x.columns
    let x0 = x.values(N.self)
    let (count, epsilon) = (N(Double(columns)), N(epsilon))
    return withExtendedLifetime(x) {
      kernel.make(
        [x.rows, 2], as: kernel.rule.compute.precision, unit: 2, work: 2 * columns
      ) { rows, target in
        for row in rows {
          let x = x0 + row * columns
          let mean = kernel.sum(columns) { x[$0] } / count
          let squares = kernel.sum(columns) { i in
            let distance = x[i] - mean
            return distance * distance
          }
          target[2 * row] = mean
          target[2 * row + 1] = .one / (squares / count + epsilon).squareRoot()
        }
      }
    }
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    let (x, gamma, beta) = (pass.inputs[0], pass.inputs[1], pass.inputs[2])
    let statistics = pass.saved[0]
    let (rows, columns) = (x.rows, x.columns)
    let (x0, g0, s0) = (x.values(N.self), gamma.values(N.self), statistics.values(N.self))
    let dy0 = gradient.values(N.self)
    let count = N(Double(columns))
    let shape = (rows: rows, columns: columns)
    return withExtendedLifetime((pass, gradient)) {
      let dx = kernel.make(x.shape, as: kernel.gradient(x), unit: columns, work: 8) {
        some, target in
        for row in some {
          let (mean, scale) = (s0[2 * row], s0[2 * row + 1])
          let (x, dy) = (x0 + row * columns, dy0 + row * columns)
          let dx = target + row * columns
          let sum = kernel.sum(columns) { dy[$0] * g0[$0] } / count
          let projection =
            kernel.sum(columns) { i in
              dy[i] * g0[i] * ((x[i] - mean) * scale)
            } / count
          for i in 0..<columns {
            let normalized = (x[i] - mean) * scale
            dx[i] = scale * (dy[i] * g0[i] - sum - normalized * projection)
          }
        }
      }
      let dGamma = kernel.make(gamma.shape, as: kernel.gradient(gamma), work: rows) {
        some, target in
        for i in some { target[i] = .zero }
        for row in 0..<shape.rows {
          let (mean, scale) = (s0[2 * row], s0[2 * row + 1])
          let (x, dy) = (x0 + row * columns, dy0 + row * columns)
          for i in some { target[i] = target[i] + dy[i] * ((x[i] - mean) * scale) }
        }
      }
      let dBeta = kernel.columnSums(gradient, shape: beta.shape, as: kernel.gradient(beta))
      return [dx, dGamma, dBeta]
    }
  }
}
