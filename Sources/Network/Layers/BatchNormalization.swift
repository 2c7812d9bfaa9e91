// SPDX-License-Identifier: Apache-2.0
import Policies

/// Y = γ x̂ + β, x̂ = (X - μ) r, r = 1 / √(σ² + ε), per channel over all images and pixels (Ioffe
/// and Szegedy, 2015): X, Y: (B, C, H, W), γ, β: (C), μ the mean, σ² the variance with divisor n =
/// B H W.
///
/// Gradients: dβ = Σ dY, dγ = Σ dY x̂, dX = γ r ((dY - dβ/n) - x̂ (dγ/n)).
///
/// A sum over a channel is interleaved within a plane and then ascending over the images. Mean,
/// factor r and variance of the batch are kept in the format of the arithmetic: the first two for
/// the backward pass, mean and variance for the running averages.
struct BatchNormalization: Primitive {
  var epsilon = Normalization.epsilon
  var operation: String { "batch-norm" }
  var operationClass: OperationClass { .batchNormalization }
  var addends: Set<Int> { [2] }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let (x, scale, shift) = (inputs[0], inputs[1], inputs[2])
    let sizes = ImageSizes(x)
    let wide = kernel.rule.compute.precision
    let count = N(Double(sizes.channelCount))
    let values = x.values(N.self)
    return withExtendedLifetime((x, scale, shift)) {
      let sums = kernel.channelSums(sizes, as: wide) { _ in ValueTerm(values: values) }
      let mean = kernel.map(sums, as: wide) { $0 / count }
      let (m, gamma, beta) = (mean.values(N.self), scale.values(N.self), shift.values(N.self))
      let squares = withExtendedLifetime(mean) {
        kernel.channelSums(sizes, as: wide, work: 3) { SquareTerm(values: values, mean: m[$0]) }
      }
      let epsilon = N(epsilon)
      let variance = kernel.map(squares, as: wide) { $0 / count }
      let factor = kernel.map(variance, as: wide) { .one / ($0 + epsilon).squareRoot() }
      let r = factor.values(N.self)
      let y = withExtendedLifetime((mean, factor)) {
        kernel.make(x.shape, as: kernel.output(x), unit: sizes.area, work: 4) { planes, target in
          for plane in planes {
            let c = plane % sizes.channels
            let (m, r, gamma, beta) = (m[c], r[c], gamma[c], beta[c])
            for i in plane * sizes.area..<(plane + 1) * sizes.area {
              target[i] = gamma * ((values[i] - m) * r) + beta
            }
          }
        }
      }
      return ForwardResult(output: y, saved: [mean, factor, variance])
    }
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    let (x, scale, shift) = (pass.inputs[0], pass.inputs[1], pass.inputs[2])
    let (mean, factor) = (pass.saved[0], pass.saved[1])
    let sizes = ImageSizes(x)
    let wide = kernel.rule.compute.precision
    let count = N(Double(sizes.channelCount))
    let (values, dy) = (x.values(N.self), gradient.values(N.self))
    let (m, r, gamma) = (mean.values(N.self), factor.values(N.self), scale.values(N.self))
    return withExtendedLifetime((x, gradient, mean, factor, scale)) {
      let sums = kernel.channelSums(sizes, as: wide) { _ in ValueTerm(values: dy) }
      let products = kernel.channelSums(sizes, as: wide, work: 4) {
        NormalizedProductTerm(gradient: dy, values: values, mean: m[$0], factor: r[$0])
      }
      var dx: Tensor?
      if pass.needsGradient[0] {
        let (s, p) = (sums.values(N.self), products.values(N.self))
        dx = withExtendedLifetime((sums, products)) {
          kernel.make(x.shape, as: kernel.gradient(x), unit: sizes.area, work: 6) {
            planes, target in
            for plane in planes {
              let c = plane % sizes.channels
              let (m, r, s, p) = (m[c], r[c], s[c] / count, p[c] / count)
              let outer = gamma[c] * r
              for i in plane * sizes.area..<(plane + 1) * sizes.area {
                target[i] = outer * ((dy[i] - s) - ((values[i] - m) * r) * p)
              }
            }
          }
        }
      }
      return [
        dx, kernel.map(products, as: kernel.gradient(scale)) { $0 },
        kernel.map(sums, as: kernel.gradient(shift)) { $0 },
      ]
    }
  }
}
