// SPDX-License-Identifier: Apache-2.0
import Datasets
import Measurements
import Network
import Policies
import Threads

/// What one loss scale made of a step's gradients.
package struct ScaledGradients: Sendable {
  /// The scale.
  package let scale: Float
  /// The gradients, parameter by parameter, still scaled.
  package let gradients: [Tensor]
  /// What undoes the scale, as a framework computes it: 1/scale rounded to FP32.
  package let inverse: Double
}

extension Twin {
  /// The gradients of a step under each of several loss scales, and the loss: one forward pass from
  /// another twin's state, rounded to this one's formats, and a backward pass for each scale.
  ///
  /// A step does not depend on the scale before its backward pass. Simulated workers and micro-batches run
  /// both passes for each scale.
  ///
  /// - Parameters:
  ///   - threads: shared by the scales; without influence on the result.
  ///   - observe: is shown the finished gradients of a scale, given by its position; called from
  ///     several threads, for one scale from one at a time.
  package func gradients(
    _ batch: Minibatch, step: Int, from other: TwinState, scales: [Float], threads: Int,
    observe: @escaping @Sendable (_ scale: Int, ObservedTensor) -> Void
  ) -> (step: TwinStep, passes: [ScaledGradients]) {
    let context = context(step: step, threads: threads, isMeasuring: true)
    let state = TwinState(other, as: policy, context)
    // Stochastic roundings take their words one after another.
    let together = policy.roundsPassesAtRandom ? 1 : threads
    guard policy.workers == nil, policy.microBatches == nil else {
      let passes = concurrentMap(count: scales.count, threads: together) { i in
        self.differentiate(
          batch, from: state, LossScaler(.fixed(scales[i])),
          self.context(
            step: step, threads: threads, isMeasuring: true),
          StepObserver(tensor: { observe(i, $0) }, update: { _ in }))
      }
      return (
        passes[0].step,
        zip(scales, passes).map { ScaledGradients(scale: $0, gradients: $1.gradients) }
      )
    }
    let forward = ForwardStep(self, batch, state, context)
    let passes = concurrentMap(count: scales.count, threads: together) { i in
      forward.gradients(scale: scales[i]) { observe(i, $0) }
    }
    return (forward.step, passes)
  }

  /// Forward and loss of a step, from which backward passes start.
  ///
  /// Unchecked: backward passes read the tape, and write what is theirs.
  private struct ForwardStep: @unchecked Sendable {
    let step: TwinStep
    private let pass: TwinForward
    private let weights: [Tensor]
    private let context: StepContext

    init(_ twin: Twin, _ batch: Minibatch, _ state: TwinState, _ context: StepContext) {
      pass = TwinForward(twin, batch, Tape(twin.policy, context), state.weights)
      let value = pass.tape.value(pass.loss)
      step = TwinStep(
        loss: value.doubles[0],
        exactLoss: twin.exactLoss(
          pass.tape.value(pass.prediction), batch, threads: context.mostThreads),
        lossScale: nil, lossFormat: value.precision.format)
      self.context = context
      weights = state.weights
      pass.tape.prepareBackward()
    }

    func gradients(scale: Float, observe: (ObservedTensor) -> Void) -> ScaledGradients {
      let (tape, policy) = (pass.tape, pass.tape.policy)
      let inverse = Double(LossScaler(.fixed(scale)).inverse)
      let precision = tape.value(pass.loss).precision
      let found = withoutActuallyEscaping(observe) { observe in
        tape.gradients(
          of: pass.leaves, from: pass.loss,
          seed: policy.tensor([], as: precision, context) { _ in Double(scale) }
        ) { observe(ObservedTensor($0, inverseScale: inverse)) }
      }
      let gradients = zip(found, weights).map { gradient, weight in
        gradient ?? policy.tensor(weight.shape, as: weight.precision, context) { _ in 0 }
      }
      return ScaledGradients(scale: scale, gradients: gradients)
    }
  }
}

extension ScaledGradients {
  fileprivate init(scale: Float, gradients: [Tensor]) {
    self.init(
      scale: scale, gradients: gradients, inverse: Double(LossScaler(.fixed(scale)).inverse))
  }
}

extension Policy {
  /// Whether a rounding of forward or backward takes random words, in the order of the operations.
  package var roundsPassesAtRandom: Bool {
    ([rule] + Array(classes.values) + layers.map(\.rule)).contains {
      if case .stochastic = $0.rounding { true } else { false }
    }
  }
}
