// SPDX-License-Identifier: Apache-2.0
import Measurements
import Network
import Policies
import Threads
import Twins

/// A change of one site's level.
private struct Move {
  let site: Int
  let level: TuningLevel
  /// What it adds to the cost.
  let price: Double
  /// What it is expected to take from the squared error, as a share of it.
  let gain: Double

  /// How much it takes for its cost.
  var worth: Double { price > 0 ? gain / price : gain > 0 ? .infinity : 0 }
}

extension TuningSearch {
  /// How often precision is given back for the held-out moments before the bounds are said not to
  /// be kept.
  private static let mostHeldOutRounds = 16
  /// How many exchanges of two sites are measured between two that help.
  private static let mostExchanges = 24

  /// The choice with precision given back where the layers' shares of the error are largest for its
  /// cost, so often as the shares say is enough for the bounds; nil where nothing can be given.
  mutating func givenBack(among moments: [ProbedMoment]) -> [TuningLevel]? {
    let probes = probes(choice, moments)
    let excesses = probes.map { tuner.bounds.excess(of: $0.figures) ?? .infinity }
    guard let place = excesses.indices.max(by: { excesses[$0] < excesses[$1] }) else { return nil }
    takeShares(of: probes[place], at: moments[place])
    var moves = moves(better: true)
    guard !moves.isEmpty else { return nil }
    // One for each site, the best for its cost.
    moves.sort { $0.worth > $1.worth }
    // Squared errors go with the square of what is too much; shares are estimates.
    let wanted = excesses[place].isFinite ? 1 / (excesses[place] * excesses[place]) : 0
    var left = 1.0
    var next = choice
    var touched: Set<Int> = []
    for move in moves where touched.insert(move.site).inserted {
      next[move.site] = move.level
      left -= move.gain
      if left <= wanted { break }
      // Without a finite error there are no shares to go by: one step for all.
      if !excesses[place].isFinite { continue }
      if move.gain <= 0 { break }
    }
    return next
  }

  /// Takes the layers' shares of a step's error; equal ones where it is not finite.
  private mutating func takeShares(of probe: ProbedStep, at moment: ProbedMoment) {
    for site in space.sites where site.isKept {
      let source = site.kind == .weights ? RoundingSource.weightUpdates : .optimizerState
      keptShares[site.kind] = probe.removed(by: source, threads: threads).map { min(max($0, 0), 1) }
    }
    guard probe.squares.isFinite, probe.squares > 0 else {
      shares = Dictionary(
        space.sites.map { ($0.layer, 1 / Double(space.sites.count)) }, uniquingKeysWith: +)
      return
    }
    var experiment = tuner.experiment
    experiment.policies = [space.policy(choice)]
    experiment.seed = moment.seed
    let attributor = Attributor(experiment, steps: [], orders: tuner.orders)
    let advance = advance
    let found = attributor.layerShares(probe.step, onAdvance: { _ in advance(nil) })
    shares = Dictionary(
      (found?.layers ?? []).map { ($0.layer, $0.share) }, uniquingKeysWith: { first, _ in first })
  }

  /// A site's share of the squared error when shares were last taken; a layer's is that of all its
  /// operations.
  func share(of site: TuningSite) -> Double? {
    site.isKept ? keptShares[site.kind] : shares[site.layer]
  }

  /// The moves from the choice to more precise levels, or to cheaper ones.
  private mutating func moves(better: Bool) -> [Move] {
    var moves: [(site: Int, level: TuningLevel)] = []
    for (site, level) in choice.enumerated() {
      for other in space.levels[site]
      where better ? isBefore(other, level) : isBefore(level, other) {
        moves.append((site, other))
      }
    }
    let price = price(choice)
    let nexts = moves.map { move in
      var next = choice
      next[move.site] = move.level
      return next
    }
    let prices = costs(nexts).map { tuner.objective.value($0) ?? .infinity }
    let number = Dictionary(space.sites.map { ($0.layer, 1) }, uniquingKeysWith: +)
    // What the optimizer keeps has its part of the error of updates, layers divide the rest.
    let rest = max(0, 1 - keptShares.values.reduce(0, +))
    return zip(moves, prices).map { move, after in
      let site = space.sites[move.site]
      let share =
        site.isKept
        ? max(0, share(of: site) ?? 0)
        : rest * max(0, shares[site.layer] ?? 0) / Double(number[site.layer] ?? 1)
      let ratio = move.level.roundoff / choice[move.site].roundoff
      return Move(
        site: move.site, level: move.level, price: after - price, gain: share * (1 - ratio * ratio))
    }
  }

  private func isBefore(_ a: TuningLevel, _ b: TuningLevel) -> Bool {
    let order = TuningLevel.allCases
    return (order.firstIndex(of: a) ?? 0) < (order.firstIndex(of: b) ?? 0)
  }

  /// Takes away what the bounds do not need: one site at a time, the largest saving first, then of
  /// one site in exchange for another.
  mutating func refine() {
    repeat {
      while takenAway() {}
    } while !isEnded && exchanged()
  }

  /// Whether a site could be made cheaper.
  private mutating func takenAway() -> Bool {
    for move in moves(better: false).filter({ $0.price < 0 }).sorted(by: { $0.price < $1.price }) {
      guard !isEnded else { return false }
      var next = choice
      next[move.site] = move.level
      guard !isTried(next) else { continue }
      guard let holds = tried(.takeAway, next) else { return false }
      if holds {
        accept(next)
        return true
      }
    }
    return false
  }

  /// Whether one site could be made cheaper where another was made more precise.
  private mutating func exchanged() -> Bool {
    let current = price(choice)
    let cheaper = moves(better: false).filter { $0.price < 0 }
    let better = moves(better: true)
    var pairs: [(first: Move, second: Move, price: Double, gain: Double)] = []
    for first in cheaper {
      for second in better where second.site != first.site {
        let price = first.price + second.price
        if price < 0 { pairs.append((first, second, price, first.gain + second.gain)) }
      }
    }
    // What the shares expect to err least for the largest saving.
    pairs.sort { ($0.gain, -$0.price) > ($1.gain, -$1.price) }
    for pair in pairs.prefix(Self.mostExchanges) {
      guard !isEnded else { return false }
      var next = choice
      next[pair.first.site] = pair.first.level
      next[pair.second.site] = pair.second.level
      guard !isTried(next), price(next) < current else { continue }
      guard let holds = tried(.exchange, next) else { return false }
      if holds {
        accept(next)
        return true
      }
    }
    return false
  }

  /// Whether a choice was measured before.
  private mutating func isTried(_ next: [TuningLevel]) -> Bool { !measured.insert(next).inserted }

  /// Gives precision back until the bounds hold at the held-out moments, too.
  mutating func holdOut() {
    let others = moments.filter(\.isHeldOut)
    guard !others.isEmpty else { return }
    while !isEnded, !holds(worst(choice, others)) {
      guard result.heldOutRounds < Self.mostHeldOutRounds,
        let next = givenBack(among: others),
        keep(.heldOut, next, among: moments) != nil
      else { return }
      result.heldOutRounds += 1
    }
  }
}
