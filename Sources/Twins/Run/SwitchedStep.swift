// SPDX-License-Identifier: Apache-2.0
import Datasets
import Measurements
import Network
import Policies
import Threads

/// One step of a twin, again and again with some of its roundings switched off.
///
/// Unchecked: what it holds is read only.
package struct SwitchedStep: @unchecked Sendable {
  /// The gradients of the twin's own step, parameter by parameter, any loss scale included.
  package let own: [Tensor]
  /// What undoes the loss scale.
  package let inverse: Double
  /// The loss of the twin's own step.
  package let loss: Double
  /// The sources of error that its passes have, in the order of a step.
  package let sources: [RoundingSource]

  let twin: Twin
  let moment: ReferenceRun.Moment
  /// The loss scale; nil for none.
  package let scale: Float?
  let unscaling: LossScaling.Unscaling
  private let plan: RoundingPlan
  /// What the twin's own step starts from.
  let state: TwinState

  /// The step of a twin from the reference's state before it.
  ///
  /// - Parameters:
  ///   - scale: the loss scale; nil for none.
  ///   - unscaling: how the optimizer undoes it.
  /// - Precondition: one worker, the batch in one part, and no rounding of the passes at random.
  package init(
    _ twin: Twin, _ moment: ReferenceRun.Moment, scale: Float?,
    unscaling: LossScaling.Unscaling = .multiplication, threads: Int
  ) {
    precondition(
      twin.policy.workers == nil && twin.policy.microBatches == nil
        && !twin.policy.roundsPassesAtRandom)
    self.twin = twin
    self.moment = moment
    self.scale = scale
    self.unscaling = unscaling
    inverse = scale.map { Double(LossScaler(.fixed($0)).inverse) } ?? 1
    let context = twin.context(step: moment.step, threads: threads, isMeasuring: false)
    state = TwinState(moment.state, as: twin.policy, context)
    let pass = TwinForward(twin, moment.batch, Tape(twin.policy, context), state.weights)
    let precision = pass.tape.value(pass.loss).precision
    let seed = twin.policy.tensor([], as: precision, context) { [scale] _ in Double(scale ?? 1) }
    let (plan, gradients) = pass.tape.plan(of: pass.leaves, from: pass.loss, seed: seed)
    self.plan = plan
    own = zip(gradients, state.weights).map { gradient, weight in
      gradient ?? twin.policy.tensor(weight.shape, as: weight.precision, context) { _ in 0 }
    }
    loss = pass.tape.value(pass.loss).doubles[0]
    var sources = pass.tape.roundingSources(plan)
    // Weights that are kept as the reference has them are no source.
    if zip(moment.state.weights, state.weights).allSatisfy({ $0.doubles == $1.doubles }) {
      sources.remove(.weights)
    }
    self.sources = RoundingSource.allCases.filter(sources.contains)
  }

  /// The model's parameters.
  package var parameters: [Parameter] { twin.parameters }

  /// The forward pass with some switches on, from which backward passes with others start.
  package func forward(_ switches: RoundingSwitches, threads: Int) -> Forward {
    let context = twin.context(step: moment.step, threads: threads, isMeasuring: false)
    let tape = Tape(twin.policy, context, switched: SwitchedForward(plan, switches))
    let weights = zip(twin.parameters, zip(moment.state.weights, state.weights)).map {
      parameter, pair in
      (switches.isOn(.weights, parameter.layer) ? pair.1 : pair.0).heldInFP64(context)
    }
    return Forward(
      pass: TwinForward(twin, moment.batch, tape, weights), step: self, context: context)
  }

  /// A forward pass.
  ///
  /// Unchecked: backward passes read the tape, and write what is theirs.
  package struct Forward: @unchecked Sendable {
    fileprivate let pass: TwinForward
    fileprivate let step: SwitchedStep
    fileprivate let context: StepContext

    /// The loss.
    package var loss: Double { pass.tape.value(pass.loss).doubles[0] }

    /// The gradients of a backward pass with some switches on, parameter by parameter, any loss
    /// scale included.
    package func gradients(_ switches: RoundingSwitches) -> [[Double]] {
      let planned = step.plan.precision(of: pass.loss)
      let scale = Double(step.scale ?? 1)
      let seed = step.twin.policy.tensor([], as: planned, context) { _ in scale }
      let found = pass.tape.gradients(
        of: pass.leaves, from: pass.loss, seed: seed, plan: step.plan, switches)
      return zip(found, step.state.weights).map { gradient, weight in
        gradient?.doubles ?? [Double](repeating: 0, count: weight.count)
      }
    }
  }
}

extension ReferenceRun {
  /// The step of a policy from a moment of this run, to be taken with some of its roundings off.
  ///
  /// - Parameter scale: the loss scale, in the place of what the policy's own rule has; nil for none.
  package func switched(
    _ policy: Policy, at moment: Moment, scale: Float?, threads: Int
  ) -> SwitchedStep {
    var bare = policy
    bare.lossScaling = nil
    return SwitchedStep(
      twin(bare), moment, scale: scale,
      unscaling: policy.lossScaling?.unscaling ?? .multiplication, threads: threads)
  }
}
