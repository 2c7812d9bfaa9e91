// SPDX-License-Identifier: Apache-2.0
import Measurements
import Network
import Threads
import Twins

/// A step whose error is divided, and what it is compared with.
struct DividedStep: Sendable {
  let switched: SwitchedStep
  /// What is divided.
  let games: [AttributedQuantity: AttributionGame]
  /// The error of the policy's own step.
  let own: [AttributedQuantity: AttributionGame.Error]

  /// A step of which some quantities are divided.
  init(
    _ switched: SwitchedStep, _ moment: ReferenceRun.Moment, _ quantities: [AttributedQuantity],
    threads: Int
  ) {
    self.switched = switched
    var games: [AttributedQuantity: AttributionGame] = [:]
    var own: [AttributedQuantity: AttributionGame.Error] = [:]
    let gradients = switched.own.map(\.doubles)
    for quantity in quantities {
      switch quantity {
      case .gradients:
        let game = AttributionGame.gradients(switched, moment)
        (games[quantity], own[quantity]) = (game, game.error(of: gradients))
      case .updates:
        let game = AttributionGame.updates(switched, moment, threads: threads)
        let moves = switched.moves(gradients, .all, threads: threads)
        (games[quantity], own[quantity]) = (game, game.error(of: moves))
      }
    }
    self.games = games
    self.own = own
  }

  /// ‖e‖ / ‖x_ref‖ of the policy's own step; nil where it is not finite.
  func error(_ quantity: AttributedQuantity) -> Double? {
    guard let own = own[quantity], let game = games[quantity], own.squares.isFinite else {
      return nil
    }
    return game.referenceSquares > 0
      ? (own.squares / game.referenceSquares).squareRoot() : own.squares == 0 ? 0 : nil
  }

  /// The errors with some switches on in the backward pass and the optimizer's part that follow a
  /// forward pass.
  func errors(
    after pass: SwitchedStep.Forward, _ switches: RoundingSwitches, threads: Int
  ) -> [AttributedQuantity: AttributionGame.Error] {
    errors(of: pass.gradients(switches), switches, threads: threads)
  }

  /// The errors that gradients bring about.
  func errors(
    of gradients: [[Double]], _ switches: RoundingSwitches, threads: Int = 1,
    only: AttributedQuantity? = nil
  ) -> [AttributedQuantity: AttributionGame.Error] {
    var result: [AttributedQuantity: AttributionGame.Error] = [:]
    for (quantity, game) in games where only == nil || only == quantity {
      let values =
        quantity == .gradients
        ? gradients : switched.moves(gradients, switches, threads: threads)
      result[quantity] = game.error(of: values, along: own[quantity]?.values)
    }
    return result
  }
}

/// The errors of a step with every set of players rounding and all others in FP64.
struct Coalitions: Sendable {
  /// The players, those of the forward pass first, those of the optimizer's part last.
  let players: [Player]
  /// ‖e(S)‖² of each set, by its bits.
  private(set) var worth: [AttributedQuantity: [Double]] = [:]
  /// ⟨e(S), e(all)⟩.
  private(set) var along: [AttributedQuantity: [Double]] = [:]
  /// The loss with each set of players of the forward pass.
  private(set) var losses: [Double] = []

  /// How many sets of passes some players have, which is how often the work advances.
  static func passes(_ players: [Player]) -> Int {
    1 << players.count { $0.stage != .optimizer }
  }

  /// The errors; nil where the work was ended.
  init?(_ step: DividedStep, _ unordered: [Player], threads: Int, _ advance: Advance) {
    func players(_ stage: RoundingSource.Stage) -> [Player] {
      unordered.filter { $0.stage == stage }
    }
    let (forward, backward) = (players(.forward), players(.backward))
    let optimizer = step.games[.updates] == nil ? [] : players(.optimizer)
    self.players = forward + backward + optimizer
    let (passes, last) = (forward.count + backward.count, optimizer.count)
    // Sets of one forward pass share it.
    let rows = concurrentMap(count: 1 << forward.count, threads: threads) { set -> Row in
      guard !advance.isEnded else { return Row() }
      let before = RoundingSwitches(forward, set)
      let pass = step.switched.forward(before, threads: threads)
      var row = Row(loss: pass.loss)
      for other in 0..<1 << backward.count {
        let switches = RoundingSwitches(backward, other)
        let gradients = pass.gradients(switches)
        if step.games[.gradients] != nil {
          row.add(step.errors(of: gradients, switches, only: .gradients))
        }
        if step.games[.updates] != nil {
          for third in 0..<1 << last {
            let all = switches.union(RoundingSwitches(optimizer, third))
            row.add(step.errors(of: gradients, all, only: .updates))
          }
        }
        guard advance.step() else { return Row() }
      }
      return row
    }
    guard !advance.isEnded else { return nil }
    losses = rows.map(\.loss)
    for quantity in step.games.keys {
      // The bits of forward players are the lowest, those of the optimizer's the highest.
      let thirds = quantity == .updates ? last : 0
      var worth = [Double](repeating: 0, count: 1 << (passes + thirds))
      var along = worth
      for (set, row) in rows.enumerated() {
        for (index, error) in (row.errors[quantity] ?? []).enumerated() {
          let (other, third) = (index >> thirds, index & (1 << thirds - 1))
          let place = set | other << forward.count | third << passes
          worth[place] = error.squares
          along[place] = error.along
        }
      }
      self.worth[quantity] = worth
      self.along[quantity] = along
    }
  }

  /// What one forward pass and what follows it gave, in the order of the sets that follow.
  private struct Row: Sendable {
    var loss = 0.0
    var errors: [AttributedQuantity: [(squares: Double, along: Double)]] = [:]

    mutating func add(_ found: [AttributedQuantity: AttributionGame.Error]) {
      for (quantity, error) in found {
        errors[quantity, default: []].append((error.squares, error.along))
      }
    }
  }
}

extension Coalitions {
  /// Completes a step's attribution with the shares of the players.
  func complete(_ result: inout AttributedStep, _ quantity: AttributedQuantity) {
    guard let worth = worth[quantity], let along = along[quantity], let total = worth.last else {
      return
    }
    let players = players.filter { quantity == .updates || $0.stage != .optimizer }
    let forward = players.count { $0.stage == .forward }
    result.coalitions = worth.count
    result.unattributed = worth[0]
    result.worth = worth
    let shares = Shapley.values(worth)
    let losses = Shapley.values(losses)
    result.players = players.map(\.name)
    result.sources = players.indices.map { i in
      SourceShare(
        source: players[i].name, share: shares[i] / total, alone: worth[1 << i] / total,
        removed: 1 - worth[worth.count - 1 - 1 << i] / total, direction: along[1 << i] / total,
        loss: i < forward ? losses[i] : nil)
    }
    result.interaction = 1 - result.sources.reduce(0) { $0 + $1.direction }
    result.sources.sort { $0.share > $1.share }
  }
}
