// SPDX-License-Identifier: Apache-2.0
import Network
import Policies

/// The optimizer's part of a step with some of its roundings switched off.
extension SwitchedStep {
  /// The sources of error that the optimizer's part has, in the order of a step.
  package var optimizerSources: [RoundingSource] {
    let rule = twin.policy.optimizer
    let compute = rule.compute.precision
    let roundsConstants =
      switch rule.hyperparameters {
      case .format: true
      case .torch: compute != twin.policy.weights || compute != rule.state
      case .compute: false
      }
    return [
      twin.policy.clipping != nil && twin.optimizer.clipNorm != nil ? .clipping : nil,
      roundsConstants ? .constants : nil, compute == .fp64 ? nil : .optimizerArithmetic,
      twin.optimizer.hasMoments && rule.state != .fp64 ? .optimizerState : nil,
      twin.policy.weights == .fp64 ? nil : .weightUpdates,
    ].compactMap(\.self)
  }

  /// How far the weights move, parameter by parameter, in the optimizer's step on gradients that the
  /// loss scale is in, from the weights as the policy keeps them and the reference's moments.
  package func moves(
    _ gradients: [[Double]], _ switches: RoundingSwitches, threads: Int
  ) -> [[Double]] {
    var stepsByKey: [OptimizerSwitches: [Tensor]] = [:]
    return twin.parameters.indices.map { i in
      let on = OptimizerSwitches(switches, twin.parameters[i].layer)
      let weights = stepsByKey[on] ?? step(gradients, on, threads: threads)
      stepsByKey[on] = weights
      return zip(weights[i].doubles, state.weights[i].doubles).map { $0 - $1 }
    }
  }

  /// The weights after the optimizer's step with one set of its roundings everywhere.
  private func step(
    _ gradients: [[Double]], _ on: OptimizerSwitches, threads: Int
  ) -> [Tensor] {
    let context = twin.context(step: moment.step, threads: threads, isMeasuring: false)
    var policy = on.arithmetic ? twin.policy : .fp64
    policy.optimizer = on.rule(twin.policy.optimizer)
    policy.clipping = on.clipping ? twin.policy.clipping : nil
    let compute = policy.optimizer.compute.precision
    func tensor(_ like: Tensor, _ values: [Double], as precision: Precision) -> Tensor {
      policy.tensor(like.shape, as: precision, context) { values[$0] }
    }
    var state = TwinState(
      weights: self.state.weights.map {
        tensor($0, $0.doubles, as: on.weightUpdates ? twin.policy.weights : compute)
      })
    state.moments = moment.state.moments.map { $0.rounded(to: policy, context) }
    state.powers = moment.state.powers
    var scaled = zip(own, gradients).map {
      tensor($0, $1, as: on.arithmetic && on.gradients ? $0.precision : compute)
    }
    if policy.clipping?.gradients == .scaled, let limit = twin.optimizer.clipNorm {
      scaled = policy.clipped(scaled, to: limit, context).gradients
    }
    _ = twin.takeStep(
      scaled, scaler, by: policy.optimizer, clipping: policy.clipping, step: moment.step, &state,
      context)
    return state.weights
  }

  private var scaler: LossScaler? {
    scale.map { scale in
      var rule = LossScaling.fixed(scale)
      rule.unscaling = unscaling
      return LossScaler(rule)
    }
  }
}

/// Which roundings of the optimizer's part are on for a parameter.
private struct OptimizerSwitches: Hashable {
  let clipping: Bool
  let constants: Bool
  let arithmetic: Bool
  let state: Bool
  let weightUpdates: Bool
  /// Whether the gradients are numbers of their format.
  let gradients: Bool

  init(_ switches: RoundingSwitches, _ layer: String) {
    clipping = switches.isOn(.clipping, layer)
    constants = switches.isOn(.constants, layer)
    arithmetic = switches.isOn(.optimizerArithmetic, layer)
    state = switches.isOn(.optimizerState, layer)
    weightUpdates = switches.isOn(.weightUpdates, layer)
    gradients =
      switches.isOn(.gradientOutputs, layer) && switches.isOn(.gradientRange, layer)
  }

  /// A policy's rule with the other roundings off; a state that is not rounded is kept as it is
  /// computed.
  func rule(_ own: OptimizerRule) -> OptimizerRule {
    let compute = arithmetic ? own.compute : .fp64
    return OptimizerRule(
      compute: compute, state: state ? own.state : compute.precision,
      stateRounding: state ? own.stateRounding : .nearestEven,
      update: weightUpdates ? own.update : .nearest,
      hyperparameters: constants ? own.hyperparameters : .compute)
  }
}
