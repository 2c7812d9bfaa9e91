// SPDX-License-Identifier: Apache-2.0
import Measurements
import Policies
import Threads

/// One step of an optimizer on all parameters: gradients are unscaled, clipped, and taken.
package struct OptimizerStep {
  let optimizer: Optimizer
  /// How the policy computes and stores.
  let rule: OptimizerRule
  let scalars: StepScalars
  /// What the gradients were scaled by; nil where they were not.
  let scaler: LossScaler?
  /// How the gradients are clipped.
  let clipping: GradientClipping?

  /// A step of an optimizer under a policy's rule; with a scaler, of gradients that are scaled.
  package init(
    optimizer: Optimizer, rule: OptimizerRule, scalars: StepScalars, scaler: LossScaler?,
    clipping: GradientClipping? = nil
  ) {
    self.clipping = clipping
    self.optimizer = optimizer
    self.rule = rule
    self.scalars = scalars
    self.scaler = scaler
  }

  /// Takes the step: changes weights and the optimizer's memory, parameter by parameter. What
  /// clipping did; nil where gradients are not clipped, or were while they were scaled.
  ///
  /// - Parameter observe: is called with each parameter's number, step, and unscaled and clipped
  ///   gradient, in order.
  @discardableResult
  package func take(
    _ weights: inout [Tensor], _ moments: inout [OptimizerState], gradients: [Tensor],
    _ context: StepContext, observe: ((Int, ParameterStep, _ gradient: Tensor) -> Void)?
  ) -> GradientClip? {
    moments.withUnsafeMutableBufferPointer { moments in
      weights.withUnsafeMutableBufferPointer { weights in
        rule.compute.run(
          AllParameters(
            step: self, weights: weights, moments: moments, gradients: gradients,
            context: context, observe: observe))
      }
    }
  }

  private struct AllParameters: ArithmeticTask {
    let step: OptimizerStep
    let weights: UnsafeMutableBufferPointer<Tensor>
    let moments: UnsafeMutableBufferPointer<OptimizerState>
    let gradients: [Tensor]
    let context: StepContext
    let observe: ((Int, ParameterStep, _ gradient: Tensor) -> Void)?

    func run<N: Number>(_: N.Type) -> GradientClip? {
      let kernels = StepKernels<N>(step.rule, context)
      let kernel = kernels.computing
      var gradients = gradients
      if let scaler = step.scaler { gradients = gradients.map { kernel.unscaled($0, scaler) } }
      var clip: GradientClip?
      if let limit = step.optimizer.clipNorm, step.clipping?.gradients != .scaled {
        let clipped = kernel.clipped(gradients, to: limit, step.clipping)
        (gradients, clip) = (clipped.gradients, clipped.clip)
      }
      // Stochastic roundings take their seeds, and an observer the updates, in the parameters'
      // order.
      let isOrdered = observe != nil || step.rule.isRandom
      ThreadTeam.run(parts: weights.count, threads: isOrdered ? 1 : context.threads) {
        [gradients] i in
        let result = moments[i].advance(
          step.optimizer, step.rule, step.scalars, weights: weights[i], gradient: gradients[i],
          kernels)
        weights[i] = result.weights
        observe?(i, result, gradients[i])
      }
      return clip
    }
  }
}

extension Kernel {
  /// A gradient without the loss scale.
  fileprivate func unscaled(_ gradient: Tensor, _ scaler: LossScaler) -> Tensor {
    switch scaler.rule.unscaling {
    case .multiplication:
      let inverse = N(Double(scaler.inverse))
      return each(gradient, as: gradient.precision) { range, g, new in
        for i in range { new[i] = g[i] * inverse }
      }
    case .division:
      let scale = N(Double(scaler.scale))
      return map(gradient, as: gradient.precision) { $0 / scale }
    }
  }
}
