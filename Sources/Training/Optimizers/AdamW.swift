// SPDX-License-Identifier: Apache-2.0

/// Adam with decoupled weight decay, in torch's order of operations:
///
///     w ← w (1 - lr λ)
///     m ← β₁ m + (1 - β₁) g
///     v ← β₂ v + (1 - β₂) g²
///     d = -(lr / (1 - β₁ᵗ)) · m / (√v / √(1 - β₂ᵗ) + ε),   w ← w + d
///
/// Constants are computed in FP64 and rounded once to the optimizer's format, where ε = 10⁻⁸ is zero
/// in FP16; every primitive is rounded to that format.
struct AdamW<A: TrainingArithmetic>: Sendable {
  private let constants: Optimizer.AdamWConstants
  private var first: [A.Scalar]
  private var second: [A.Scalar]
  private var beta1Power = 1.0
  private var beta2Power = 1.0

  init(_ constants: Optimizer.AdamWConstants, count: Int) {
    self.constants = constants
    first = [A.Scalar](repeating: 0, count: count)
    second = first
  }

  private func rounded(_ x: Double) -> A.Scalar { A.round(A.scalar(x)) }

  /// The weights after their decay, and d before its rounding to the optimizer's format.
  mutating func advance(
    _ weights: [A.Scalar], _ gradient: [A.Scalar]
  ) -> (base: [A.Scalar], update: [A.Scalar]) {
    // Powers by multiplication: `pow` differs from libm to libm.
    beta1Power *= constants.beta1
    beta2Power *= constants.beta2
    let keep = rounded(1 - constants.learningRate * constants.weightDecay)
    let beta1 = rounded(constants.beta1)
    let beta2 = rounded(constants.beta2)
    let new1 = rounded(1 - constants.beta1)
    let new2 = rounded(1 - constants.beta2)
    let rate = rounded(constants.learningRate / (1 - beta1Power))
    let correction = rounded((1 - beta2Power).squareRoot())
    let epsilon = rounded(constants.epsilon)
    var base = weights
    var update = weights
    for i in gradient.indices {
      let g = gradient[i]
      base[i] = A.round(base[i] * keep)
      first[i] = A.round(A.round(beta1 * first[i]) + A.round(new1 * g))
      second[i] = A.round(A.round(beta2 * second[i]) + A.round(new2 * A.round(g * g)))
      let root = A.round(A.round(second[i].squareRoot()) / correction)
      update[i] = -rate * A.round(first[i] / A.round(root + epsilon))
    }
    return (base, update)
  }
}
