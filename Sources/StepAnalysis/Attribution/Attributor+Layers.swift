// SPDX-License-Identifier: Apache-2.0
import Measurements
import Network
import Randomness
import Threads
import Twins

extension Attributor {
  /// The most layers of which every set is tried.
  private static let mostExact = 8

  /// The layers' shares of an error, the largest first, and in how many orders they were switched on,
  /// zero for every set; nil where the work was ended.
  func layerShares(
    _ step: DividedStep, onAdvance: @escaping @Sendable (Double) -> Bool
  ) -> (layers: [LayerShare], orders: Int)? {
    let layers = experiment.layers
    let count = layers.count
    let sets =
      count <= Self.mostExact
      ? (0..<1 << count).map { set in (0..<count).filter { set >> $0 & 1 == 1 } }
      : chains(of: count)
    let advance = Advance(of: sets.count, onAdvance)
    let worth = concurrentMap(count: sets.count, threads: threads) {
      [layers, threads, quantity] index in
      guard !advance.isEnded else { return 0.0 }
      let switches = RoundingSwitches(
        sets[index].flatMap { player in
          RoundingSource.allCases.map { .init($0, layer: layers[player]) }
        })
      let pass = step.switched.forward(switches, threads: threads)
      let errors = step.errors(
        of: pass.gradients(switches), switches, threads: threads, only: quantity)
      _ = advance.step()
      return errors[quantity]?.squares ?? 0
    }
    guard !advance.isEnded else { return nil }
    let total = step.own[quantity]?.squares ?? 0
    guard count > Self.mostExact else {
      let values = Shapley.values(worth)
      return (
        layers.indices.map { i in
          LayerShare(
            layer: layers[i], share: values[i] / total, deviation: nil,
            alone: worth[1 << i] / total,
            removed: 1 - worth[worth.count - 1 - 1 << i] / total)
        }.sorted { $0.share > $1.share }, 0
      )
    }
    return (sampled(layers, sets, worth, total: total), orders)
  }

  /// The sets of layers that are tried: each alone, all but each, none, all, and those of each order
  /// as it grows.
  private func chains(of count: Int) -> [[Int]] {
    let all = Array(0..<count)
    var sets = all.map { [$0] } + all.map { player in all.filter { $0 != player } } + [[], all]
    for order in permutations(of: count) {
      for length in 1..<count { sets.append(Array(order.prefix(length))) }
    }
    return sets
  }

  private func permutations(of count: Int) -> [[Int]] {
    (0..<orders).map { number in
      var draws = Draws(
        RandomStream(seed: experiment.seed, purpose: .orders).stream(UInt64(number)))
      var order = Array(0..<count)
      for i in stride(from: count - 1, to: 0, by: -1) { order.swapAt(i, draws.below(i + 1)) }
      return order
    }
  }

  private func sampled(
    _ layers: [String], _ sets: [[Int]], _ worth: [Double], total: Double
  ) -> [LayerShare] {
    let count = layers.count
    let (none, all) = (worth[2 * count], worth[2 * count + 1])
    var gains = [[Double]](repeating: [], count: count)
    for (number, order) in permutations(of: count).enumerated() {
      var before = none
      for (place, player) in order.enumerated() {
        let after =
          place + 1 == count ? all : worth[2 * count + 2 + number * (count - 1) + place]
        gains[player].append((after - before) / total)
        before = after
      }
    }
    return layers.indices.map { i in
      let mean = gains[i].reduce(0, +) / Double(orders)
      let squares = gains[i].reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return LayerShare(
        layer: layers[i], share: mean,
        deviation: orders > 1 ? (squares / Double(orders * (orders - 1))).squareRoot() : nil,
        alone: worth[i] / total, removed: 1 - worth[count + i] / total)
    }.sorted { $0.share > $1.share }
  }
}
