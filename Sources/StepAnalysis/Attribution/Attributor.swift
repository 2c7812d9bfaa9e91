// SPDX-License-Identifier: Apache-2.0
import Measurements
import Network
import Policies
import Synchronization
import Threads
import Twins

/// Tells the error of a policy's gradients, in chosen steps of an experiment, as shares of the places
/// that round.
package struct Attributor {
  /// What is trained; its only policy is the one that is looked at.
  package var experiment: TwinExperiment
  /// The steps, ascending, from 1.
  package var steps: [Int]
  /// The loss scale; nil for the first of the policy's own rule, and for none where it has none.
  package var scale: Float?
  /// In how many orders the layers are switched on; zero where layers are not asked for.
  package var orders: Int

  /// The attribution of steps.
  package init(_ experiment: TwinExperiment, steps: [Int], scale: Float? = nil, orders: Int = 0) {
    precondition(experiment.policies.count == 1, "one policy is attributed at a time")
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
    var bare = policy
    bare.lossScaling = nil
    let twin = reference.twin(bare)
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
      let switched = SwitchedStep(twin, moment, scale: scale, threads: threads)
      guard
        let attributed = attributed(
          AttributionGame(switched, moment, twin), switched, moment,
          onAdvance: { onAdvance(step, $0) })
      else { return result }
      result.steps.append(attributed)
    }
    return result
  }

  /// A step; nil where the work was ended.
  private func attributed(
    _ game: AttributionGame, _ switched: SwitchedStep, _ moment: ReferenceRun.Moment,
    onAdvance: @escaping @Sendable (Double) -> Bool
  ) -> AttributedStep? {
    var result = AttributedStep(
      step: moment.step, lossScale: game.scale.map(Double.init))
    let own = game.error(of: switched.own.map(\.doubles))
    result.squaredError = own.squares
    result.error = own.squares.isFinite ? (own.squares / game.referenceSquares).squareRoot() : nil
    result.lossError = switched.loss.isFinite ? switched.loss - (moment.loss ?? 0) : nil
    guard let error = result.error, error > 0 else { return result }
    let sources = switched.sources
    let forward = sources.filter(\.isForward)
    let backward = sources.filter { !$0.isForward }
    let sets = (forward: 1 << forward.count, backward: 1 << backward.count)
    result.coalitions = sets.forward * sets.backward
    @Sendable func switches(_ players: [RoundingSource], _ set: Int) -> RoundingSwitches {
      RoundingSwitches(
        players.indices.filter { set >> $0 & 1 == 1 }.map { .init(players[$0]) })
    }
    let advance = Advance(of: result.coalitions, onAdvance)
    // Sets of one forward pass share it.
    let rows = concurrentMap(count: sets.forward, threads: threads) { set -> Row in
      guard !advance.isEnded else { return Row() }
      let pass = switched.forward(switches(forward, set), threads: threads)
      var row = Row(loss: pass.loss)
      for other in 0..<sets.backward {
        let error = game.error(of: pass.gradients(switches(backward, other)), along: own.values)
        row.squares.append(error.squares)
        row.along.append(error.along)
        guard advance.step() else { return Row() }
      }
      return row
    }
    guard !advance.isEnded else { return nil }
    // The bits of forward sources are the lower ones.
    var worth = [Double](repeating: 0, count: result.coalitions)
    var along = worth
    for (set, row) in rows.enumerated() {
      for other in row.squares.indices {
        worth[set | other << forward.count] = row.squares[other]
        along[set | other << forward.count] = row.along[other]
      }
    }
    result.unattributed = worth[0]
    result.worth = worth
    let total = worth[worth.count - 1]
    let shares = Shapley.values(worth)
    let losses = Shapley.values(rows.map(\.loss))
    let players = forward + backward
    result.players = players.map(\.rawValue)
    result.sources = players.indices.map { i in
      SourceShare(
        source: players[i].rawValue, share: shares[i] / total, alone: worth[1 << i] / total,
        removed: 1 - worth[worth.count - 1 - 1 << i] / total, direction: along[1 << i] / total,
        loss: i < forward.count ? losses[i] : nil)
    }
    result.interaction = 1 - result.sources.reduce(0) { $0 + $1.direction }
    result.sources.sort { $0.share > $1.share }
    guard orders > 0 else { return result }
    let found = layerShares(switched, game, total: total, onAdvance: onAdvance)
    guard let found else { return nil }
    (result.layers, result.orders) = found
    return result
  }

  /// What one forward pass and its backward passes gave.
  private struct Row: Sendable {
    var loss = 0.0
    var squares: [Double] = []
    var along: [Double] = []
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

/// The reference's gradients of a step, from which errors are taken.
struct AttributionGame: Sendable {
  let scale: Float?
  private let inverse: Double
  /// g_ref, parameter by parameter.
  let expected: [[Double]]
  /// ‖g_ref‖².
  let referenceSquares: Double

  init(_ step: SwitchedStep, _ moment: ReferenceRun.Moment, _ twin: Twin) {
    scale = step.scale
    inverse = step.inverse
    expected = zip(twin.parameters, step.own).map { parameter, own in
      let tag = TensorTag(
        layer: parameter.layer, operation: parameter.name, kind: .weightGradient)
      return moment.tensors.tensor(tag)?.doubles ?? [Double](repeating: 0, count: own.count)
    }
    referenceSquares = expected.reduce(0) { $1.reduce($0) { $0 + $1 * $1 } }
  }

  /// e = g/S - g_ref, its squared norm, and its product with another error.
  func error(
    of gradients: [[Double]], along other: [[Double]]? = nil
  ) -> (values: [[Double]], squares: Double, along: Double) {
    var (squares, along) = (0.0, 0.0)
    var values: [[Double]] = []
    for (index, (gradient, expected)) in zip(gradients, expected).enumerated() {
      var error = gradient
      for i in error.indices {
        error[i] = gradient[i] * inverse - expected[i]
        squares += error[i] * error[i]
      }
      if let other { for i in error.indices { along += error[i] * other[index][i] } }
      values.append(other == nil ? error : [])
    }
    return (values, squares, along)
  }
}
