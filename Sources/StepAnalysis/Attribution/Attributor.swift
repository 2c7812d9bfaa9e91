// SPDX-License-Identifier: Apache-2.0
import Measurements
import Network
import Policies
import Synchronization
import Threads
import Twins

/// Tells the error of a policy's gradients or updates, in chosen steps of an experiment, as shares of
/// the places that round.
package struct Attributor {
  /// What is trained; its only policy is the one that is looked at.
  package var experiment: TwinExperiment
  /// The steps, ascending, from 1.
  package var steps: [Int]
  /// What the error is an error of.
  package var quantity: AttributedQuantity
  /// The loss scale; nil for the first of the policy's own rule, and for none where it has none.
  package var scale: Float?
  /// In how many orders the layers are switched on; zero where layers are not asked for.
  package var orders: Int

  /// The attribution of steps.
  package init(
    _ experiment: TwinExperiment, steps: [Int], quantity: AttributedQuantity = .gradients,
    scale: Float? = nil, orders: Int = 0
  ) {
    precondition(experiment.policies.count == 1, "one policy is attributed at a time")
    self.quantity = quantity
    self.experiment = experiment
    self.steps = steps
    self.scale = scale
    self.orders = orders
  }

  private var policy: Policy { experiment.policies[0] }
  var threads: Int { experiment.threads }

  /// The attribution; of fewer steps where `onAdvance` returned false or the reference ceased to be
  /// finite.
  ///
  /// - Parameter onAdvance: called as the work goes on, with the share of a step's that is done, at
  ///   steps that are only trained 0; from several threads.
  package func run(onAdvance: @escaping @Sendable (_ step: Int, Double) -> Bool) -> Attribution {
    let reference = ReferenceRun(experiment)
    var result = Attribution(
      configuration: experiment.configuration, policy: policy.description)
    for step in steps {
      while reference.steps < step - 1, reference.isFinite {
        guard onAdvance(reference.steps + 1, 0) else { return result }
        reference.advance()
      }
      let moment = reference.isFinite ? reference.moment() : nil
      guard let moment, moment.loss != nil else {
        result.stoppedAt = reference.isFinite ? step : reference.steps + 1
        return result
      }
      let scale = scale ?? policy.lossScaling?.initial
      let switched = reference.switched(policy, at: moment, scale: scale, threads: threads)
      guard
        let attributed = attributed(switched, moment, onAdvance: { onAdvance(step, $0) })
      else { return result }
      result.steps.append(attributed)
    }
    return result
  }

  /// A step; nil where the work was ended.
  private func attributed(
    _ switched: SwitchedStep, _ moment: ReferenceRun.Moment,
    onAdvance: @escaping @Sendable (Double) -> Bool
  ) -> AttributedStep? {
    let step = DividedStep(switched, moment, [quantity], threads: threads)
    var result = AttributedStep(step, quantity, moment)
    guard let error = result.error, error > 0 else { return result }
    let players = (switched.sources + switched.optimizerSources).map { Player($0) }
    let advance = Advance(of: Coalitions.passes(players), onAdvance)
    guard let coalitions = Coalitions(step, players, threads: threads, advance) else { return nil }
    coalitions.complete(&result, quantity)
    guard orders > 0 else { return result }
    guard let found = layerShares(step, onAdvance: onAdvance) else { return nil }
    (result.layers, result.orders) = found
    return result
  }
}

extension AttributedStep {
  /// A step before its error is divided.
  init(_ step: DividedStep, _ quantity: AttributedQuantity, _ moment: ReferenceRun.Moment) {
    self.init(
      step: moment.step, quantity: quantity.rawValue,
      lossScale: step.switched.scale.map(Double.init))
    squaredError = step.own[quantity]?.squares ?? .nan
    error = step.error(quantity)
    lossError = step.switched.loss.isFinite ? step.switched.loss - (moment.loss ?? 0) : nil
  }
}

/// How much of a step's work is done, told from any thread.
final class Advance: Sendable {
  private let state = Mutex((done: 0, isEnded: false))
  private let total: Int
  private let tell: @Sendable (Double) -> Bool

  init(of total: Int, _ tell: @escaping @Sendable (Double) -> Bool) {
    self.total = total
    self.tell = tell
  }

  var isEnded: Bool { state.withLock { $0.isEnded } }

  /// One more is done; false where the work is to end.
  func step() -> Bool {
    state.withLock { state in
      state.done += 1
      if !tell(Double(state.done) / Double(total)) { state.isEnded = true }
      return !state.isEnded
    }
  }
}
