// SPDX-License-Identifier: Apache-2.0
import Measurements
import Network
import Policies
import Threads
import Twins

/// Tells which roundings are to blame for what policies did in a training, at a cost that is bounded:
/// the sources that matter in a first look are told apart, the others together.
package struct Blamer {
  /// The training.
  private let experiment: TwinExperiment
  /// The last step that its reference took; nil where it is to be found by training once more.
  private let last: ReferenceRun.Start?

  /// Sources of the passes that are told apart.
  private static let mostApart = 4
  /// The part of an error that a source alone makes, or takes along, which counts.
  private static let leastPart = 0.02
  /// The most layers that a source is looked for in.
  private static let mostLayers = 64

  /// The blame in a training of so many steps.
  package init(_ experiment: TwinExperiment, last: ReferenceRun.Start?) {
    self.experiment = experiment
    self.last = last
  }

  private var threads: Int { experiment.threads }

  /// The blame of policies of the experiment by their names, in order; of fewer where `onAdvance`
  /// returned false.
  ///
  /// - Parameters:
  ///   - steps: how many steps were taken.
  ///   - scales: the loss scales of the last step, by policy.
  ///   - onAdvance: called as the work goes on, with the number of policies that are done; from
  ///     several threads.
  package func blames(
    of names: [String], after steps: Int, scales: [String: Double],
    onAdvance: @escaping @Sendable (Int) -> Bool
  ) -> [PolicyBlame] {
    let policies = experiment.policies.filter { names.contains($0.name) }
    guard !policies.isEmpty, steps > 0, !experiment.reference.isMPFR else { return [] }
    let reference = ReferenceRun(experiment, from: last)
    while reference.steps < steps - 1, reference.isFinite {
      guard onAdvance(0) else { return [] }
      reference.advance()
    }
    guard reference.isFinite else { return [] }
    let moment = reference.moment()
    guard moment.loss != nil else { return [] }
    var blames: [PolicyBlame] = []
    for (done, policy) in policies.enumerated() {
      var blame = PolicyBlame(policy: policy.name)
      blame.omission = Self.omission(policy)
      if blame.omission == nil {
        let scale = scales[policy.name].map { Float($0) } ?? policy.lossScaling?.initial
        let step = reference.switched(policy, at: moment, scale: scale, threads: threads)
        guard complete(&blame, step, moment, { onAdvance(done) }) else { return blames }
      }
      blames.append(blame)
    }
    return blames
  }

  /// Why the roundings of a policy cannot be switched off; nil where they can.
  package static func omission(_ policy: Policy) -> String? {
    if policy.workers != nil { return "it has simulated workers" }
    if policy.microBatches != nil { return "it adds up micro-batches" }
    if policy.lossScaling?.layers != nil { return "it scales the gradients of each layer" }
    if policy.roundsPassesAtRandom { return "it rounds its passes at random" }
    if policy.isMPFR || policy == .fp64 { return "it is a reference" }
    return nil
  }

  /// Completes a policy's blame; false where the work was ended.
  private func complete(
    _ blame: inout PolicyBlame, _ switched: SwitchedStep, _ moment: ReferenceRun.Moment,
    _ onAdvance: @escaping @Sendable () -> Bool
  ) -> Bool {
    let step = DividedStep(switched, moment, AttributedQuantity.allCases, threads: threads)
    let quantities: [AttributedQuantity] = [.updates, .gradients]
    blame.steps = quantities.map { AttributedStep(step, $0, moment) }
    let advance = Advance(of: 1) { _ in onAdvance() }
    if step.own[.updates]?.squares.isFinite == false {
      guard let cures = cures(step, advance) else { return false }
      blame.cures = cures
    }
    guard blame.steps.contains(where: { ($0.error ?? 0) > 0 }) else { return true }
    let sources = switched.sources
    // All but a source, and a source alone.
    let others = sources.map { source in RoundingSource.allCases.filter { $0 != source } }
    let sets = others + sources.map { [$0] }
    let errors = errors(step, sets.map { $0.map { .init($0) } }, advance)
    guard let errors else { return false }
    func part(_ quantity: AttributedQuantity, _ i: Int) -> Double {
      guard let total = step.own[quantity]?.squares, total > 0, total.isFinite else { return 0 }
      let removed = 1 - (errors[i][quantity] ?? 0) / total
      return max(removed, (errors[sources.count + i][quantity] ?? 0) / total)
    }
    let parts = sources.indices.map { i in quantities.map { part($0, i) }.max() ?? 0 }
    let apart = sources.indices.filter { parts[$0] >= Self.leastPart }
      .sorted { parts[$0] > parts[$1] }.prefix(Self.mostApart).map { sources[$0] }
    var players = sources.filter(apart.contains).map { Player($0) }
    for (name, stage) in [
      ("otherForward", RoundingSource.Stage.forward), ("otherBackward", .backward),
    ] {
      let rest = sources.filter { $0.stage == stage && !apart.contains($0) }
      if rest.count == 1 { players.append(Player(rest[0])) }
      if rest.count > 1 { players.append(Player(name, rest)) }
    }
    players += switched.optimizerSources.map { Player($0) }
    guard let coalitions = Coalitions(step, players, threads: threads, advance) else {
      return false
    }
    for (index, quantity) in quantities.enumerated()
    where (blame.steps[index].error ?? 0) > 0 {
      coalitions.complete(&blame.steps[index], quantity)
    }
    return locate(&blame, step, players, advance)
  }

  /// The sources without which all updates are finite, or the pairs where no single one is enough:
  /// at most 120 passes for sixteen sources; nil where the work was ended.
  private func cures(_ step: DividedStep, _ advance: Advance) -> [BlamedCure]? {
    let sources = step.switched.sources + step.switched.optimizerSources
    guard let single = cures(step, of: sources.map { [$0] }, advance) else { return nil }
    guard single.isEmpty else { return single }
    let pairs = sources.indices.flatMap { i in
      sources[(i + 1)...].map { [sources[i], $0] }
    }
    return cures(step, of: pairs, advance)
  }

  /// Those of some sets of sources without which all updates are finite, the one first that leaves the
  /// least error; nil where the work was ended.
  private func cures(
    _ step: DividedStep, of candidates: [[RoundingSource]], _ advance: Advance
  ) -> [BlamedCure]? {
    let sets = candidates.map { off in
      RoundingSource.allCases.filter { !off.contains($0) }.map { RoundingSwitches.Place($0) }
    }
    guard let errors = errors(step, sets, advance) else { return nil }
    let scale = step.games[.updates]?.referenceSquares ?? 0
    return zip(candidates, errors).compactMap { sources, errors -> BlamedCure? in
      guard let squares = errors[.updates], squares.isFinite, scale > 0 else { return nil }
      return BlamedCure(
        source: sources[0].rawValue, second: sources.count > 1 ? sources[1].rawValue : nil,
        error: (squares / scale).squareRoot())
    }.sorted { $0.error < $1.error }
  }

  /// Looks for the layer in which the first source acts; false where the work was ended.
  private func locate(
    _ blame: inout PolicyBlame, _ step: DividedStep, _ players: [Player], _ advance: Advance
  ) -> Bool {
    guard let leading = blame.leading, let first = leading.sources.first,
      let quantity = AttributedQuantity(rawValue: leading.quantity),
      let player = players.first(where: { $0.name == first.source }),
      let total = step.own[quantity]?.squares, first.removed > 0
    else { return true }
    let layers = experiment.layers
    guard layers.count > 1, layers.count <= Self.mostLayers else { return true }
    let others = RoundingSource.allCases.filter { !player.sources.contains($0) }
    let sets = layers.map { layer in
      others.map { RoundingSwitches.Place($0) }
        + layers.filter { $0 != layer }.flatMap { other in
          player.sources.map { .init($0, layer: other) }
        }
    }
    guard let errors = errors(step, sets, advance) else { return false }
    let removed = errors.map { 1 - ($0[quantity] ?? 0) / total }
    guard let place = removed.indices.max(by: { removed[$0] < removed[$1] }),
      removed[place] >= first.removed / 2
    else { return true }
    blame.place = BlamedPlace(
      source: first.source, layer: layers[place], removed: removed[place])
    return true
  }

  /// ‖e‖² with each set of places on; nil where the work was ended.
  private func errors(
    _ step: DividedStep, _ sets: [[RoundingSwitches.Place]], _ advance: Advance
  ) -> [[AttributedQuantity: Double]]? {
    let errors = concurrentMap(count: sets.count, threads: threads) { i in
      guard !advance.isEnded else { return [AttributedQuantity: Double]() }
      let switches = RoundingSwitches(sets[i])
      let pass = step.switched.forward(switches, threads: threads)
      _ = advance.step()
      return step.errors(after: pass, switches, threads: threads).mapValues(\.squares)
    }
    return advance.isEnded ? nil : errors
  }
}
