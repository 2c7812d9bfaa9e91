// SPDX-License-Identifier: Apache-2.0
import Policies

/// Y = γ x̂ + β, x̂ = (X - μ) r, r = 1 / √(σ² + ε), with running averages μ and σ² instead of the
/// batch's own: batch normalization outside training. Gradients: dβ = Σ dY, dγ = Σ dY x̂, dX = γ r
/// dY.
struct RunningNormalization: Primitive {
  /// The averages; nil for mean 0 and variance 1, as before the first step.
  let statistics: RunningStatistics?
  var epsilon = Normalization.epsilon
  var operation: String { "batch-norm" }
  var operationClass: OperationClass { .batchNormalization }
  var addends: Set<Int> { [2] }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let (x, scale, shift) = (inputs[0], inputs[1], inputs[2])
    let sizes = ImageSizes(x)
    let wide = kernel.rule.compute.precision
    let (mean, variance) = averages(sizes.channels, kernel)
    let epsilon = N(self.epsilon)
    let factor = kernel.map(variance, as: wide) { .one / ($0 + epsilon).squareRoot() }
    let values = x.values(N.self)
    let (m, r) = (mean.values(N.self), factor.values(N.self))
    let (gamma, beta) = (scale.values(N.self), shift.values(N.self))
    return withExtendedLifetime((x, scale, shift, mean, factor)) {
      let y = kernel.make(x.shape, as: kernel.output(x), unit: sizes.area, work: 4) {
        planes, target in
        for plane in planes {
          let c = plane % sizes.channels
          for i in plane * sizes.area..<(plane + 1) * sizes.area {
            target[i] = gamma[c] * ((values[i] - m[c]) * r[c]) + beta[c]
          }
        }
      }
      return ForwardResult(output: y, saved: [mean, factor])
    }
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    let (x, scale, shift) = (pass.inputs[0], pass.inputs[1], pass.inputs[2])
    let (mean, factor) = (pass.saved[0], pass.saved[1])
    let sizes = ImageSizes(x)
    let wide = kernel.rule.compute.precision
    let dy = gradient.values(N.self)
    let (r, gamma) = (factor.values(N.self), scale.values(N.self))
    return withExtendedLifetime((x, gradient, mean, factor, scale)) {
      let (values, m) = (x.values(N.self), mean.values(N.self))
      let sums = kernel.channelSums(sizes, as: wide) { _ in ValueTerm(values: dy) }
      let products = kernel.channelSums(sizes, as: wide, work: 4) {
        NormalizedProductTerm(gradient: dy, values: values, mean: m[$0], factor: r[$0])
      }
      let dx = kernel.make(x.shape, as: kernel.gradient(x), unit: sizes.area, work: 2) {
        planes, target in
        for plane in planes {
          let outer = gamma[plane % sizes.channels] * r[plane % sizes.channels]
          for i in plane * sizes.area..<(plane + 1) * sizes.area { target[i] = outer * dy[i] }
        }
      }
      return [
        dx, kernel.map(products, as: kernel.gradient(scale)) { $0 },
        kernel.map(sums, as: kernel.gradient(shift)) { $0 },
      ]
    }
  }

  /// Mean and variance in the arithmetic's type.
  private func averages<N: Number>(
    _ channels: Int, _ kernel: Kernel<N>
  ) -> (Tensor, Tensor) {
    guard let statistics else {
      return (
        Kernel<N>.tensor([channels], as: kernel.rule.compute.precision, kernel.context) { _ in 0 },
        Kernel<N>.tensor([channels], as: kernel.rule.compute.precision, kernel.context) { _ in 1 }
      )
    }
    return (statistics.mean, statistics.variance)
  }
}
