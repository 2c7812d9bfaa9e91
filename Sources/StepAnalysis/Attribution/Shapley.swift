// SPDX-License-Identifier: Apache-2.0

/// Shapley's value (Shapley, "A value for n-person games", 1953): a player's mean marginal
/// contribution over all orders in which the players may come.
enum Shapley {
  /// The values of n players from the worth of every set of them, by its bits: worth[0] of none,
  /// worth[2^n - 1] of all. They add up to worth of all minus worth of none.
  ///
  /// - Precondition: 2^n worths.
  static func values(_ worth: [Double]) -> [Double] {
    let players = worth.count.trailingZeroBitCount
    precondition(worth.count == 1 << players, "\(worth.count) sets")
    // s! (n - s - 1)! / n! of a set of s others.
    var weights = [Double](repeating: 0, count: max(players, 1))
    for size in 0..<players {
      var weight = 1 / Double(players)
      // 1 / (n C(n - 1, s)).
      for i in 0..<size { weight *= Double(i + 1) / Double(players - 1 - i) }
      weights[size] = weight
    }
    return (0..<players).map { player in
      let bit = 1 << player
      var value = 0.0
      for set in worth.indices where set & bit == 0 {
        value += weights[set.nonzeroBitCount] * (worth[set | bit] - worth[set])
      }
      return value
    }
  }
}
