// SPDX-License-Identifier: Apache-2.0
import Measurements
import Network
import Policies
import Threads
import Twins

/// Finds the cheapest policy that keeps bounds, layer by layer, from the layers' shares of the
/// error.
package struct Tuner: Sendable {
  /// What is trained; the search's own seed and data.
  package var experiment: TwinExperiment
  /// The policy whose weights, optimizer and loss scaling are kept.
  package var base: Policy
  /// What has to hold.
  package var bounds: TuningBounds
  /// What is made small.
  package var objective: TuningObjective
  /// The formats to choose among.
  package var levels: [TuningLevel]
  /// The model of costs.
  package var costs: PolicyCosts
  /// The steps of the search, ascending.
  package var steps: [Int]
  /// Later steps, at which the result has to hold, too.
  package var heldOutSteps: [Int]
  /// Further seeds on which it has to.
  package var heldOutSeeds: [UInt64]
  /// In how many orders layers are switched on where shares are taken.
  package var orders = 2

  /// The search.
  package init(
    _ experiment: TwinExperiment, base: Policy, bounds: TuningBounds, objective: TuningObjective,
    levels: [TuningLevel] = TuningLevel.allCases, costs: PolicyCosts, steps: [Int],
    heldOutSteps: [Int] = [], heldOutSeeds: [UInt64] = []
  ) {
    self.experiment = experiment
    self.base = base
    self.bounds = bounds
    self.objective = objective
    self.levels = levels
    self.costs = costs
    self.steps = steps
    self.heldOutSteps = heldOutSteps
    self.heldOutSeeds = heldOutSeeds
  }

  /// What was found, with the policy; an unfinished search where `onAdvance` returned false.
  ///
  /// - Parameter onAdvance: called as the work goes on, with the share that is done, nil where
  ///   nothing is known to be.
  package func run(
    onAdvance: @escaping @Sendable (Double?) -> Bool
  ) -> (tuning: Tuning, policy: Policy) {
    var search = TuningSearch(self, onAdvance: onAdvance)
    search.run()
    return (search.result, search.space.policy(search.choice))
  }
}

/// A search as it goes on.
struct TuningSearch {
  let tuner: Tuner
  let advance: @Sendable (Double?) -> Bool
  var space: TuningSpace
  var result: Tuning
  /// What was kept so far.
  var choice: [TuningLevel] = []
  var moments: [ProbedMoment] = []
  var runs: [UInt64: ReferenceRun] = [:]
  /// The layers' shares of the squared error when they were last taken.
  var shares: [String: Double] = [:]
  /// What of the squared error of updates goes with the rounding of what the optimizer keeps.
  var keptShares: [TuningSite.Kind: Double] = [:]
  /// The choices that were measured to take away or to exchange.
  var measured: Set<[TuningLevel]> = []
  private var known: [[TuningLevel]: CostCount] = [:]
  /// The bytes of the optimizer's state by its format.
  private var optimizerBytes: [Precision: Int] = [:]
  private(set) var isEnded = false
  private var trials = 0

  init(_ tuner: Tuner, onAdvance: @escaping @Sendable (Double?) -> Bool) {
    self.tuner = tuner
    advance = onAdvance
    space = TuningSpace(
      tuner.experiment, base: tuner.base, levels: tuner.levels,
      searchesKept: tuner.bounds.nameUpdates)
    result = Tuning(
      configuration: tuner.experiment.configuration, objective: tuner.objective.rawValue,
      machine: tuner.costs.machine.name, bounds: tuner.bounds.texts,
      formats: TuningLevel.allCases.filter(tuner.levels.contains).map(\.rawValue))
  }

  var threads: Int { tuner.experiment.threads }

  /// The moments of the search, and the others.
  var searched: [ProbedMoment] { moments.filter { !$0.isHeldOut } }

  mutating func run() {
    guard prepare() else { return }
    restrict()
    guard !isEnded else { return }
    choice = space.levels.map { $0[$0.count - 1] }
    guard var holds = keep(.cheapest, choice) else { return }
    while !holds, !isEnded {
      guard let next = givenBack(among: searched), let held = keep(.giveBack, next) else { break }
      holds = held
    }
    guard !isEnded else { return }
    if holds {
      takeUniform()
      refine()
      holdOut()
      // What the held-out moments asked for may cost more than one format throughout.
      takeUniform()
    } else {
      takeClosest()
    }
    guard !isEnded else { return }
    finish()
  }

  // MARK: - Moments

  /// Trains the references up to the moments; false where the work was ended or none is finite.
  private mutating func prepare() -> Bool {
    let own = tuner.experiment.seed
    let seeds = [own] + tuner.heldOutSeeds.filter { $0 != own }
    let places = (tuner.steps + tuner.heldOutSteps).sorted()
    let total = (places.last ?? 1) * seeds.count
    for (number, seed) in seeds.enumerated() {
      var experiment = tuner.experiment
      experiment.seed = seed
      let run = ReferenceRun(experiment)
      runs[seed] = run
      for step in places where step > run.steps {
        while run.steps < step - 1, run.isFinite {
          let done = number * (places.last ?? 1) + run.steps
          guard goesOn(0.3 * Double(done) / Double(total)) else { return false }
          run.advance()
        }
        let moment = run.isFinite ? run.moment() : nil
        guard let moment, moment.loss != nil else {
          result.stoppedAt = run.isFinite ? step : run.steps + 1
          return false
        }
        moments.append(
          ProbedMoment(
            seed: seed, isHeldOut: seed != own || !tuner.steps.contains(step), moment: moment))
      }
    }
    return !searched.isEmpty
  }

  private mutating func goesOn(_ share: Double) -> Bool {
    if !advance(share) { isEnded = true }
    return !isEnded
  }

  // MARK: - Costs and levels

  /// The cost of a choice.
  mutating func cost(_ choice: [TuningLevel]) -> CostCount { costs([choice])[0] }

  /// The costs of several choices, worked out beside each other.
  mutating func costs(_ choices: [[TuningLevel]]) -> [CostCount] {
    guard let first = moments.first, let run = runs[first.seed] else { return [] }
    var wanted: [[TuningLevel]] = []
    for choice in choices where known[choice] == nil && !wanted.contains(choice) {
      wanted.append(choice)
    }
    let twins = wanted.map { run.twin(space.policy($0)) }
    for twin in twins where optimizerBytes[twin.policy.optimizer.state] == nil {
      optimizerBytes[twin.policy.optimizer.state] =
        twin.work(
          first.moment.batch, step: first.moment.step, from: first.moment.state, threads: threads
        ).memory.optimizer
    }
    let (costs, threads, optimizer) = (tuner.costs, threads, optimizerBytes)
    let found = concurrentMap(count: twins.count, threads: threads) { i in
      costs.cost(
        twins[i].work(
          first.moment.batch, step: first.moment.step, from: first.moment.state, threads: threads,
          optimizer: optimizer[twins[i].policy.optimizer.state]))
    }
    for (choice, cost) in zip(wanted, found) { known[choice] = cost }
    return choices.compactMap { known[$0] }
  }

  /// The value of a choice that is made small; infinite where it is not known.
  mutating func price(_ choice: [TuningLevel]) -> Double {
    tuner.objective.value(cost(choice)) ?? .infinity
  }

  /// Leaves out the levels of which no cost is known, and those that cost no less than a more
  /// precise one.
  private mutating func restrict() {
    var prices: [TuningLevel: Double] = [:]
    var finite: Set<TuningLevel> = []
    for level in TuningLevel.allCases where tuner.levels.contains(level) {
      guard goesOn(0.3) else { return }
      let choice = space.uniform(level)
      let cost = cost(choice)
      let figures = worst(choice, moments)
      if figures.gradientError != nil { finite.insert(level) }
      result.uniform.append(
        UniformPolicy(
          format: level.rawValue, cost: cost, figures: figures,
          holds: holds(figures)))
      prices[level] = tuner.objective.value(cost)
      guard prices[level] == nil else { continue }
      let missing =
        tuner.objective == .time
        ? "\(tuner.costs.machine.name) has no peak for it"
        : "the table of energies has no row for it"
      result.leftOut.append(TuningOmission(format: level.rawValue, reason: missing))
    }
    let order = TuningLevel.allCases
    for level in order {
      guard let price = prices[level] else { continue }
      let better = order.prefix { $0 != level }.first { other in
        finite.contains(other) && prices[other].map { $0 <= price } ?? false
      }
      guard let better else { continue }
      prices[level] = nil
      result.leftOut.append(
        TuningOmission(
          format: level.rawValue,
          reason: "\(better.rawValue) costs no more and is no less precise"))
    }
    space.levels = zip(space.sites, space.levels).map { site, own in
      // What is kept has the range of its format to lose, too: equal bytes do not tell which is better.
      if site.isKept { return own }
      let left = own.filter { prices[$0] != nil }
      return left.isEmpty ? [own[0]] : left
    }
  }

  /// Goes on from every layer in one format where that keeps the bounds at every moment for less.
  private mutating func takeUniform() {
    for uniform in result.uniform where uniform.holds {
      guard let level = TuningLevel(rawValue: uniform.format),
        let price = tuner.objective.value(uniform.cost), price < self.price(choice)
      else { continue }
      let next = space.uniform(level)
      guard zip(next, space.levels).allSatisfy({ $1.contains($0) }) else { continue }
      if keep(.takeAway, next) == nil { return }
    }
  }

  // MARK: - Measurements

  /// The step of a choice at each of some moments.
  func probes(_ choice: [TuningLevel], _ moments: [ProbedMoment]) -> [ProbedStep] {
    let policy = space.policy(choice)
    var bare = policy
    bare.lossScaling = nil
    let scale = policy.lossScaling?.initial
    let twins = moments.compactMap { runs[$0.seed]?.twin(bare) }
    let (threads, movesWeights) = (threads, tuner.bounds.nameUpdates)
    return concurrentMap(count: twins.count, threads: threads) { i in
      ProbedStep(
        twins[i], moments[i].moment, scale: scale, movesWeights: movesWeights, threads: threads)
    }
  }

  /// The worst figures of a choice at some moments.
  func worst(_ choice: [TuningLevel], _ moments: [ProbedMoment]) -> TuningFigures {
    let figures = probes(choice, moments).map(\.figures)
    return figures.dropFirst().reduce(figures[0]) { $0.worst($1) }
  }

  /// Whether every bound holds for the worst figures of some moments: then it does at each.
  func holds(_ figures: TuningFigures) -> Bool { tuner.bounds.hold(for: figures) }

  /// Measures a choice and says whether it keeps the bounds; nil where the work was ended.
  mutating func tried(
    _ phase: TuningTrial.Phase, _ next: [TuningLevel], among moments: [ProbedMoment]? = nil
  ) -> Bool? {
    trials += 1
    var left = 0.7
    for _ in 0..<trials { left *= 0.98 }
    guard goesOn(1 - left) else { return nil }
    let figures = worst(next, moments ?? searched)
    let isHeld = holds(figures)
    result.path.append(
      TuningTrial(
        phase: phase, changes: changes(from: choice, to: next), cost: cost(next),
        figures: figures, holds: isHeld, isKept: false))
    return isHeld
  }

  /// Measures a choice and goes on from it, whatever it keeps; nil where the work was ended.
  mutating func keep(
    _ phase: TuningTrial.Phase, _ next: [TuningLevel], among moments: [ProbedMoment]? = nil
  ) -> Bool? {
    guard let holds = tried(phase, next, among: moments) else { return nil }
    accept(next)
    return holds
  }

  /// Goes on from the choice that was tried last.
  mutating func accept(_ next: [TuningLevel]) {
    choice = next
    if !result.path.isEmpty { result.path[result.path.count - 1].isKept = true }
  }

  private func changes(from old: [TuningLevel], to new: [TuningLevel]) -> [TuningChange] {
    zip(space.sites, zip(old, new)).compactMap { site, pair in
      pair.0 == pair.1
        ? nil
        : TuningChange(
          layer: site.layer, operation: site.name, from: pair.0.rawValue,
          to: pair.1.rawValue)
    }
  }

  // MARK: - The result

  /// Without a policy that keeps the bounds: the one whose errors would have to shrink least.
  private mutating func takeClosest() {
    let order = result.path.indices.filter { result.path[$0].isKept }
    var (best, least) = (choice, Double.infinity)
    var current = space.levels.map { $0[$0.count - 1] }
    for index in order {
      for change in result.path[index].changes {
        guard
          let site = space.sites.firstIndex(where: {
            $0.layer == change.layer && $0.name == change.operation
          }), let level = TuningLevel(rawValue: change.to)
        else { continue }
        current[site] = level
      }
      let excess = tuner.bounds.excess(of: result.path[index].figures) ?? .infinity
      if excess < least { (best, least) = (current, excess) }
    }
    choice = best
  }

  private mutating func finish() {
    let probes = probes(choice, moments)
    result.moments = zip(moments, probes).map { moment, probe in
      TuningMoment(
        seed: moment.seed, step: moment.moment.step, isHeldOut: moment.isHeldOut,
        lossScale: probe.step.switched.scale.map(Double.init), figures: probe.figures,
        holds: holds(probe.figures))
    }
    result.keepsBounds = result.moments.allSatisfy(\.holds)
    result.cost = cost(choice)
    result.choices = zip(space.sites, choice).map { site, level in
      TuningChoice(
        layer: site.layer, operation: site.name, format: level.rawValue,
        share: share(of: site))
    }
  }
}
