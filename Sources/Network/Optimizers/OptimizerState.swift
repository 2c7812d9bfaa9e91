// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Policies

/// The scalars of one optimizer step: in FP64 and the same for every twin, before each rounds them
/// to its arithmetic.
package struct StepScalars: Sendable {
  let learningRate: Double
  /// 1 - β₁ᵗ.
  let correction1: Double
  /// √(1 - β₂ᵗ).
  let correction2: Double

  /// The scalars of a step, each as its property says.
  package init(learningRate: Double, correction1: Double, correction2: Double) {
    self.learningRate = learningRate
    self.correction1 = correction1
    self.correction2 = correction2
  }
}

extension OptimizerRule {
  /// What torch adds to a tensor of a format, or multiplies before an addition to it.
  fileprivate func factor<N: Number>(_ x: Double, of precision: Precision) -> N {
    guard hyperparameters == .torch, precision != compute.precision else { return N(x) }
    return N(precision.rounded(x))
  }
}

/// One parameter's step.
package struct ParameterStep {
  /// w before the addition: after the weight decay where there is one.
  package var base: Tensor
  /// d, in the optimizer's arithmetic: a rounding of its own is no part of the step.
  package var update: Tensor
  /// The new weights.
  package var weights: Tensor
  /// Kahan's c: what the weights still owe the sum of updates, negated.
  package var compensation: Tensor?
  /// The moments after the step.
  package var moments: [MomentStep] = []
  /// What arrived of the weight decay; nil where nothing is measured or there is none.
  package var weightDecay: WeightDecay?
}

/// A parameter and its gradient after a weight decay, which changes one of the two.
private struct DecayedParameter {
  var weights: Tensor
  var gradient: Tensor
}

extension WeightDecay {
  /// What arrived of an optimizer's decay; nil without one, and of Adam's, which its own division
  /// scales.
  fileprivate init?(
    _ optimizer: Optimizer, _ scalars: StepScalars, _ weights: Tensor, _ gradient: Tensor,
    _ decayed: DecayedParameter
  ) {
    guard optimizer.weightDecay != 0, optimizer.method != .adam else { return nil }
    self.init()
    let isOfWeights = optimizer.method == .adamw
    let (before, after) =
      isOfWeights ? (weights, decayed.weights) : (gradient, decayed.gradient)
    // A momentum buffer adds up each gradient 1 / (1 - μ) times.
    let rate =
      isOfWeights
      ? scalars.learningRate : scalars.learningRate / Swift.max(1 - optimizer.momentum, 0x1p-20)
    weights.forEachDoubles { range, weights in
      before.withDoubles(range) { before in
        after.withDoubles(range) { after in
          add(
            weights: weights, before: before, after: after, share: rate * optimizer.weightDecay,
            factor: isOfWeights ? 1 : -rate)
        }
      }
    }
  }
}

/// What a step made of one moment.
package struct MomentStep {
  package let kind: TensorKind
  /// The moment after the step.
  package let moment: Tensor
  /// What its decay alone did; nil where nothing is measured or there was none before.
  package var decay: MomentDecay?
}

/// The arithmetic of a step, and how its state and its weights are rounded.
struct StepKernels<N: Number> {
  /// Computes, and rounds to nearest.
  let computing: Kernel<N>
  /// Rounds the state.
  let keeping: Kernel<N>
  /// Rounds the weights.
  let storing: Kernel<N>

  init(_ policy: OptimizerRule, _ context: StepContext) {
    func kernel(_ rounding: Rounding) -> Kernel<N> {
      Kernel(rule: OperationRule(compute: policy.compute, rounding: rounding), context: context)
    }
    computing = kernel(.nearestEven)
    keeping = kernel(policy.stateRounding)
    storing = kernel(
      policy.update == .stochastic
        ? .stochastic(bits: Rounding.defaultStochasticBits, seed: 0) : .nearestEven)
  }
}

/// An optimizer's memory of one parameter.
///
/// The operations are those of torch.optim on whole tensors (`foreach=False`), in their order: each
/// rounds its result to the format of the state or the weights, and computes in the optimizer's
/// arithmetic. A product that is added at once is fused with the addition, as torch's vectorised
/// code has it, in FP32 and FP64; the narrow arithmetics round both. Constants are computed in FP64
/// and rounded as the policy's `hyperparameters` says: ε = 10⁻⁸ is zero in FP16.
package struct OptimizerState: Codable, Sendable {
  /// The momentum buffer, or the first moment; nil before the first step.
  private var first: Tensor?
  /// The second moment.
  private var second: Tensor?
  /// Kahan's c.
  private var compensation: Tensor?

  /// The memory before the first step.
  package init() {}

  /// The memory rounded to a policy's formats. What weights owe belongs to the policy that owes it.
  package func rounded(to policy: Policy, _ context: StepContext) -> OptimizerState {
    var state = OptimizerState()
    state.first = first.map { policy.rounded($0, to: policy.optimizer.state, context) }
    state.second = second.map { policy.rounded($0, to: policy.optimizer.state, context) }
    return state
  }

  /// The tensors that are kept from step to step.
  package var tensors: [Tensor] { [first, second, compensation].compactMap(\.self) }

  /// Takes one step.
  mutating func advance<N: Number>(
    _ optimizer: Optimizer, _ policy: OptimizerRule, _ scalars: StepScalars, weights: Tensor,
    gradient: Tensor, _ kernels: StepKernels<N>
  ) -> ParameterStep {
    let before = [first, second]
    let decayed = decayed(optimizer, policy, scalars, weights, gradient, kernels)
    var step = moved(optimizer, policy, scalars, decayed, kernels)
    let decays = [optimizer.method == .sgd ? optimizer.momentum : optimizer.beta1, optimizer.beta2]
    step.moments = zip([TensorKind.firstMoment, .secondMoment], [first, second]).compactMap {
      kind, moment in moment.map { MomentStep(kind: kind, moment: $0) }
    }
    guard kernels.computing.context.isMeasuring else { return step }
    step.weightDecay = WeightDecay(optimizer, scalars, weights, gradient, decayed)
    for (i, decay) in decays.enumerated() where i < step.moments.count {
      step.moments[i].decay = before[i].map { kernels.decay(of: $0, by: decay, policy) }
    }
    return step
  }

  /// The weights that AdamW's decay made smaller, and the gradient that any other decay was added
  /// to.
  private func decayed<N: Number>(
    _ optimizer: Optimizer, _ policy: OptimizerRule, _ scalars: StepScalars, _ weights: Tensor,
    _ gradient: Tensor, _ kernels: StepKernels<N>
  ) -> DecayedParameter {
    var parameter = DecayedParameter(weights: weights, gradient: gradient)
    guard optimizer.weightDecay != 0 else { return parameter }
    let kernel = kernels.computing
    if optimizer.method == .adamw {
      let keep = N(1 - scalars.learningRate * optimizer.weightDecay)
      parameter.weights = kernel.each(weights, as: weights.precision) { range, w, new in
        for i in range { new[i] = w[i] * keep }
      }
    } else {
      let decay: N = policy.factor(optimizer.weightDecay, of: gradient.precision)
      parameter.gradient = kernel.each(gradient, weights, as: gradient.precision) {
        range, g, w, new in
        for i in range { new[i] = g[i].adding(decay, times: w[i]) }
      }
    }
    return parameter
  }

  private mutating func moved<N: Number>(
    _ optimizer: Optimizer, _ policy: OptimizerRule, _ scalars: StepScalars,
    _ decayed: DecayedParameter, _ kernels: StepKernels<N>
  ) -> ParameterStep {
    let (kernel, storing) = (kernels.computing, kernels.storing)
    let (base, gradient) = (decayed.weights, decayed.gradient)
    switch optimizer.method {
    case .sgd:
      let direction = direction(optimizer, policy, gradient, kernels.keeping)
      let rate: N = policy.factor(-scalars.learningRate, of: base.precision)
      let update = kernel.each(direction, as: policy.compute.precision) { range, b, new in
        for i in range { new[i] = rate * b[i] }
      }
      guard policy.update != .kahan else { return compensated(base, update, storing) }
      let weights = storing.each(base, direction, as: base.precision) { range, w, b, new in
        for i in range { new[i] = w[i].adding(rate, times: b[i]) }
      }
      return ParameterStep(base: base, update: update, weights: weights)
    case .adam, .adamw:
      let update = adapt(optimizer, policy, scalars, gradient, kernels)
      guard policy.update != .kahan else { return compensated(base, update, storing) }
      let weights = storing.each(base, update, as: base.precision) { range, w, d, new in
        for i in range { new[i] = w[i] + d[i] }
      }
      return ParameterStep(base: base, update: update, weights: weights)
    }
  }

  /// g, or with momentum b ← μ b + g, b = g at first.
  private mutating func direction<N: Number>(
    _ optimizer: Optimizer, _ policy: OptimizerRule, _ gradient: Tensor, _ kernel: Kernel<N>
  ) -> Tensor {
    guard optimizer.momentum != 0 else { return gradient }
    let momentum = N(optimizer.momentum)
    let direction: Tensor
    if let first {
      let decayed = kernel.map(first, as: policy.state) { momentum * $0 }
      direction = kernel.map(decayed, gradient, as: policy.state) { $0 + $1 }
    } else {
      direction = kernel.map(gradient, as: policy.state) { $0 }
    }
    first = direction
    return direction
  }

  /// m ← m + (1 - β₁) (g - m), v ← β₂ v + (1 - β₂) g g, d = (-lr / (1 - β₁ᵗ)) m / (√v / √(1 - β₂ᵗ) + ε).
  private mutating func adapt<N: Number>(
    _ optimizer: Optimizer, _ policy: OptimizerRule, _ scalars: StepScalars, _ gradient: Tensor,
    _ kernels: StepKernels<N>
  ) -> Tensor {
    let (kernel, keeping) = (kernels.computing, kernels.keeping)
    let m = first ?? kernel.map(gradient, as: policy.state) { _ in .zero }
    let v = second ?? m
    let new1 = N(1 - optimizer.beta1)
    let keep1 = N.one - new1
    // Below one half torch's interpolation begins at the other end.
    let newFirst =
      optimizer.beta1 > 0.5
      ? keeping.each(m, gradient, as: policy.state) { range, m, g, new in
        for i in range { new[i] = m[i].adding(new1, times: g[i] - m[i]) }
      }
      : keeping.each(m, gradient, as: policy.state) { range, m, g, new in
        for i in range { new[i] = g[i].adding(-(g[i] - m[i]), times: keep1) }
      }
    first = newFirst
    let (beta2, new2) = (N(optimizer.beta2), N(1 - optimizer.beta2))
    let correction = N(scalars.correction2)
    let epsilon: N = policy.factor(optimizer.epsilon, of: policy.state)
    let rate = N(-(scalars.learningRate / scalars.correction1))
    let precision = policy.compute.precision
    // Tensors that are stored as they are computed need no passes of their own.
    guard policy.state != precision else {
      let newSecond = kernel.each(v, gradient, as: precision) { range, v, g, new in
        for i in range { new[i] = (beta2 * v[i]).adding(new2 * g[i], times: g[i]) }
      }
      second = newSecond
      return kernel.each(newFirst, newSecond, as: precision, work: 8) { range, m, v, new in
        for i in range { new[i] = rate * m[i] / (v[i].squareRoot() / correction + epsilon) }
      }
    }
    let decayed = keeping.map(v, as: policy.state) { beta2 * $0 }
    let newSecond = keeping.map(decayed, gradient, as: policy.state) {
      $0.adding(new2 * $1, times: $1)
    }
    second = newSecond
    let root = kernel.map(newSecond, as: policy.state) { $0.squareRoot() }
    let corrected = kernel.map(root, as: policy.state) { $0 / correction }
    let denominator = kernel.map(corrected, as: policy.state) { $0 + epsilon }
    return kernel.map(newFirst, denominator, as: precision) { rate * $0 / $1 }
  }

  /// w + d by Kahan's sum: each of the four operations is rounded to the weights' format.
  private mutating func compensated<N: Number>(
    _ weights: Tensor, _ update: Tensor, _ kernel: Kernel<N>
  ) -> ParameterStep {
    let precision = weights.precision
    let wanted =
      compensation.map { kernel.map(update, $0, as: precision) { $0 - $1 } }
      ?? kernel.map(update, as: precision) { $0 }
    let sum = kernel.map(weights, wanted, as: precision) { $0 + $1 }
    let arrived = kernel.map(sum, weights, as: precision) { $0 - $1 }
    compensation = kernel.map(arrived, wanted, as: precision) { $0 - $1 }
    return ParameterStep(base: weights, update: update, weights: sum, compensation: compensation)
  }
}

extension StepKernels {
  /// What a moment's decay alone does in the state's format, by the state's rounding. Of a
  /// stochastic one only what no random word can move is stuck: where the product itself is the
  /// moment.
  fileprivate func decay(
    of moment: Tensor, by factor: Double, _ policy: OptimizerRule
  ) -> MomentDecay {
    let factor = N(factor)
    var format = policy.state
    var kernel = keeping
    if case .stochastic = policy.stateRounding {
      (format, kernel) = (policy.compute.precision, computing)
    }
    let decayed = kernel.each(moment, as: format) { range, x, new in
      for i in range { new[i] = factor * x[i] }
    }
    var counts = MomentDecay()
    moment.forEachDoubles { range, before in
      decayed.withDoubles(range) { counts.add(before: before, decayed: $0) }
    }
    return counts
  }
}
