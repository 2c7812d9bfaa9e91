// SPDX-License-Identifier: Apache-2.0

/// What it takes to call a policy unsafe.
enum Evidence {
  /// The level at which paired seeds, or a floor of at least `enoughRuns`, have to say that more
  /// than the tolerated share is lost: above that of the intervals that are shown, for a run asks
  /// the question of several policies.
  static let level = 0.99
  /// The same of a floor of fewer runs, whose standard deviation is itself known to a factor of six
  /// with three of them (χ² with two degrees of freedom, at 95 %).
  static let levelOfFewRuns = 0.999
  /// The runs of a floor that is one.
  static let enoughRuns = 5
  /// The fewest and the most seeds to ask for.
  static let seeds = 4...64

  /// The greatest difference of two runs that are alike but for their batches, at a level: t √2 s,
  /// s the standard deviation of n such runs and t the quantile with n - 1 degrees of freedom.
  static func limit(deviation: Double, runs: Int, level: Double) -> Double? {
    guard runs > 1, deviation.isFinite else { return nil }
    return StudentDistribution(degreesOfFreedom: runs - 1).quantile(twoSided: level)
      * (2 * deviation * deviation).squareRoot()
  }

  /// How many paired seeds tell a mean of differences from a bound, with the standard deviation
  /// that one of them has: the least K with t s / √(K + 1) below the distance; nil where even
  /// `seeds` do not suffice.
  static func pairedSeeds(distance: Double, deviation: Double) -> Int? {
    seeds.first { count in
      let t = StudentDistribution(degreesOfFreedom: count).quantile(twoSided: level)
      return t * deviation < distance * Double(count + 1).squareRoot()
    }
  }
}
