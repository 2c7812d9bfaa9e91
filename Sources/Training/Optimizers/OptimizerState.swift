// SPDX-License-Identifier: Apache-2.0

/// The scalars of one optimizer step: in FP64 and the same for every twin, before each rounds them
/// to its arithmetic.
struct StepScalars: Sendable {
  let learningRate: Double
  /// 1 - β₁ᵗ.
  let correction1: Double
  /// √(1 - β₂ᵗ).
  let correction2: Double
}

/// One parameter's step.
struct ParameterStep {
  /// w before the addition: after the weight decay where there is one.
  var base: Tensor
  /// d, in the format of the optimizer's state.
  var update: Tensor
  /// The new weights.
  var weights: Tensor
  /// Kahan's c: what the weights still owe the sum of updates, negated.
  var compensation: Tensor?
}

/// An optimizer's memory of one parameter.
///
/// Every primitive is rounded to the optimizer's arithmetic and every state to its format, in
/// torch's order of operations. Constants are computed in FP64 and rounded once: ε = 10⁻⁸ is zero
/// in FP16.
struct OptimizerState: Sendable {
  /// The momentum buffer, or the first moment; nil before the first step.
  private var first: Tensor?
  /// The second moment.
  private var second: Tensor?
  /// Kahan's c.
  private var compensation: Tensor?

  /// The memory rounded to a policy's formats. What weights owe belongs to the policy that owes it.
  func rounded(to policy: Policy, _ context: StepContext) -> OptimizerState {
    var state = OptimizerState()
    state.first = first.map { policy.rounded($0, to: policy.optimizer.state, context) }
    state.second = second.map { policy.rounded($0, to: policy.optimizer.state, context) }
    return state
  }

  /// The tensors that are kept from step to step.
  var tensors: [Tensor] { [first, second, compensation].compactMap(\.self) }

  /// Takes one step; `storing` rounds the weights.
  mutating func advance<N: Number>(
    _ optimizer: Optimizer, _ policy: OptimizerRule, _ scalars: StepScalars, weights: Tensor,
    gradient: Tensor, _ kernel: Kernel<N>, _ storing: Kernel<N>
  ) -> ParameterStep {
    var base = weights
    var gradient = gradient
    if optimizer.weightDecay != 0 {
      if optimizer.method == .adamw {
        let keep = N(1 - scalars.learningRate * optimizer.weightDecay)
        base = kernel.each(weights, as: weights.precision) { range, w, new in
          for i in range { new[i] = w[i] * keep }
        }
      } else {
        let decay = N(optimizer.weightDecay)
        gradient = kernel.each(gradient, weights, as: gradient.precision) { range, g, w, new in
          for i in range { new[i] = g[i] + decay * w[i] }
        }
      }
    }
    let update =
      switch optimizer.method {
      case .sgd: descend(optimizer, policy, scalars, gradient, kernel)
      case .adam, .adamw: adapt(optimizer, policy, scalars, gradient, kernel)
      }
    let weights = moved(base, by: update, policy, storing)
    return ParameterStep(base: base, update: update, weights: weights, compensation: compensation)
  }

  /// b ← μ b + g, b = g at first; d = -lr b.
  private mutating func descend<N: Number>(
    _ optimizer: Optimizer, _ policy: OptimizerRule, _ scalars: StepScalars, _ gradient: Tensor,
    _ kernel: Kernel<N>
  ) -> Tensor {
    var direction = gradient
    if optimizer.momentum != 0 {
      let momentum = N(optimizer.momentum)
      direction =
        first.map {
          kernel.each($0, gradient, as: policy.state) { range, b, g, new in
            for i in range { new[i] = momentum * b[i] + g[i] }
          }
        }
        ?? kernel.map(gradient, as: policy.state) { $0 }
      first = direction
    }
    let rate = N(-scalars.learningRate)
    return kernel.each(direction, as: policy.state) { range, b, new in
      for i in range { new[i] = rate * b[i] }
    }
  }

  /// m ← β₁ m + (1 - β₁) g, v ← β₂ v + (1 - β₂) g², d = -(lr / (1 - β₁ᵗ)) (m / (√v / √(1 - β₂ᵗ) +
  /// ε)).
  private mutating func adapt<N: Number>(
    _ optimizer: Optimizer, _ policy: OptimizerRule, _ scalars: StepScalars, _ gradient: Tensor,
    _ kernel: Kernel<N>
  ) -> Tensor {
    let (beta1, new1) = (N(optimizer.beta1), N(1 - optimizer.beta1))
    let (beta2, new2) = (N(optimizer.beta2), N(1 - optimizer.beta2))
    let m = first ?? kernel.map(gradient, as: policy.state) { _ in .zero }
    let v = second ?? m
    let newFirst = kernel.each(m, gradient, as: policy.state) { range, m, g, new in
      for i in range { new[i] = beta1 * m[i] + new1 * g[i] }
    }
    let newSecond = kernel.each(v, gradient, as: policy.state) { range, v, g, new in
      for i in range { new[i] = beta2 * v[i] + new2 * (g[i] * g[i]) }
    }
    first = newFirst
    second = newSecond
    let correction = N(scalars.correction2)
    let epsilon = N(optimizer.epsilon)
    let rate = N(-(scalars.learningRate / scalars.correction1))
    return kernel.each(newFirst, newSecond, as: policy.state) { range, m, v, new in
      for i in range { new[i] = rate * (m[i] / (v[i].squareRoot() / correction + epsilon)) }
    }
  }

  /// w + d as the policy rounds it.
  private mutating func moved<N: Number>(
    _ weights: Tensor, by update: Tensor, _ policy: OptimizerRule, _ kernel: Kernel<N>
  ) -> Tensor {
    let precision = weights.precision
    guard policy.update == .kahan else {
      return kernel.each(weights, update, as: precision) { range, w, d, new in
        for i in range { new[i] = w[i] + d[i] }
      }
    }
    // Each of the four operations is rounded to the weights' format.
    let wanted =
      compensation.map { kernel.map(update, $0, as: precision) { $0 - $1 } }
      ?? kernel.map(update, as: precision) { $0 }
    let sum = kernel.map(weights, wanted, as: precision) { $0 + $1 }
    let arrived = kernel.map(sum, weights, as: precision) { $0 - $1 }
    compensation = kernel.map(arrived, wanted, as: precision) { $0 - $1 }
    return sum
  }
}
