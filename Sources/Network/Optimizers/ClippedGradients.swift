// SPDX-License-Identifier: Apache-2.0
import Measurements
import Policies

/// Gradients after clipping, parameter by parameter, and what it did.
package struct ClippedGradients {
  package let gradients: [Tensor]
  package let clip: GradientClip
}

extension Policy {
  /// Gradients clipped to a norm by the policy's rule, in its optimizer's arithmetic.
  package func clipped(
    _ gradients: [Tensor], to limit: Double, _ context: StepContext
  ) -> ClippedGradients {
    optimizer.compute.run(
      ClippingTask(
        gradients: gradients, limit: limit, clipping: clipping, rule: optimizer, context: context))
  }
}

private struct ClippingTask: ArithmeticTask {
  let gradients: [Tensor]
  let limit: Double
  let clipping: GradientClipping?
  let rule: OptimizerRule
  let context: StepContext

  func run<N: Number>(_: N.Type) -> ClippedGradients {
    StepKernels<N>(rule, context).computing.clipped(gradients, to: limit, clipping)
  }
}

extension Kernel {
  /// Gradients clipped to a norm.
  func clipped(
    _ gradients: [Tensor], to limit: Double, _ clipping: GradientClipping?
  ) -> ClippedGradients {
    guard let clipping, let first = gradients.first else { return clipped(gradients, to: limit) }
    return clipped(gradients, to: limit, normIn: clipping.norm ?? first.precision)
  }

  /// Gradients times min(1, limit / (‖g‖ + 10⁻⁶)), the norm over all of them: squares are summed in
  /// interleaved order within a tensor, and then tensor by tensor.
  private func clipped(_ gradients: [Tensor], to limit: Double) -> ClippedGradients {
    var squares = N.zero
    for gradient in gradients {
      let values = gradient.values(N.self)
      squares =
        squares + InterleavedSum.of(gradient.count, N.self) { values[$0] * values[$0] }
    }
    let norm = squares.squareRoot()
    let factor = N(limit) / (norm + N(1e-6))
    guard factor < .one else {
      return ClippedGradients(
        gradients: gradients,
        clip: GradientClip(norm: norm.double, factor: Swift.min(factor.double, 1)))
    }
    return ClippedGradients(
      gradients: gradients.map { map($0, as: $0.precision) { $0 * factor } },
      clip: GradientClip(norm: norm.double, factor: factor.double))
  }

  /// Gradients clipped as `torch.nn.utils.clip_grad_norm_` does: with R the rounding to a format,
  /// n(i) = R(‖g(i)‖), n = R(‖(n(0), n(1), ...)‖), and every gradient times min(1, R(R(1 / R(n +
  /// 10⁻⁶)) · limit)), which is how Python computes limit / (n + 10⁻⁶) of a tensor. NaN stays NaN.
  ///
  /// The order of the squares is no part of torch's definition, and another one on every processor:
  /// here it is the interleaved one.
  private func clipped(
    _ gradients: [Tensor], to limit: Double, normIn format: Precision
  ) -> ClippedGradients {
    let norms = withExtendedLifetime(gradients) {
      make([gradients.count], as: format) { range, target in
        for i in range {
          let values = gradients[i].values(N.self)
          target[i] =
            InterleavedSum.of(gradients[i].count, N.self) { values[$0] * values[$0] }.squareRoot()
        }
      }
    }
    let norm = withExtendedLifetime(norms) {
      make([], as: format) { range, target in
        let values = norms.values(N.self)
        for i in range {
          target[i] =
            InterleavedSum.of(norms.count, N.self) { values[$0] * values[$0] }.squareRoot()
        }
      }
    }
    let (epsilon, limit) = (N(1e-6), N(limit))
    let sum = map(norm, as: format) { $0 + epsilon }
    let reciprocal = map(sum, as: format) { .one / $0 }
    let factor = map(
      map(reciprocal, as: format) { $0 * limit }, as: format
    ) { .one < $0 ? .one : $0 }
    let number = withExtendedLifetime(factor) { factor.values(N.self)[0] }
    return ClippedGradients(
      gradients: gradients.map { gradient in
        each(gradient, as: gradient.precision) { range, g, new in
          for i in range { new[i] = g[i] * number }
        }
      }, clip: GradientClip(norm: norm.doubles[0], factor: factor.doubles[0]))
  }
}
