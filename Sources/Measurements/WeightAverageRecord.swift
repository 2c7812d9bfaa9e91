// SPDX-License-Identifier: Apache-2.0

/// Of how many averages a step of a moving average left as they were, though the weight was another
/// number.
package struct LostAverages: Codable, Sendable, Hashable {
  /// #{w ≠ a, both finite}.
  package var nonzero = 0
  /// #{w ≠ a, both finite, a unchanged}.
  package var lost = 0
  /// Σ |w - a|.
  package var mass = 0.0
  /// The part of it whose averages are unchanged.
  package var lostMass = 0.0

  /// No values.
  package init() {}

  /// lost / nonzero; nil where nothing had to move.
  package var lostRate: Double? { nonzero == 0 ? nil : Double(lost) / Double(nonzero) }
  /// lostMass / mass; nil where nothing had to move.
  package var lostMassShare: Double? { mass > 0 && mass.isFinite ? lostMass / mass : nil }

  /// Adds averages before and after a step with the weights that they took in.
  package mutating func add(
    before: UnsafeBufferPointer<Double>, after: UnsafeBufferPointer<Double>,
    weights: UnsafeBufferPointer<Double>
  ) {
    for i in before.indices {
      let way = (weights[i] - before[i]).magnitude
      guard way > 0, way.isFinite else { continue }
      nonzero += 1
      mass += way
      guard after[i] == before[i] else { continue }
      lost += 1
      lostMass += way
    }
  }

  /// Adds other values.
  package mutating func merge(_ other: LostAverages) {
    nonzero += other.nonzero
    lost += other.lost
    mass += other.mass
    lostMass += other.lostMass
  }
}

/// What became of a policy's moving averages of the weights.
package struct WeightAverageRecord: Codable, Sendable, Hashable {
  /// What is left of an average at each step.
  package var decay: Double
  /// The id of the averages' format.
  package var format: String
  /// What the steps left as it was, all steps after the first together.
  package var lost = LostAverages()
  /// ‖a - a_ref‖ / ‖a_ref‖ at the end, a_ref the reference's averages of the same decay; nil where
  /// it is not finite or not taken.
  package var relativeL2: Double?
  /// ‖a - a_ref‖ / ‖a_ref - θ_0‖, the distance in shares of the way that the reference's averages
  /// have come from the initial weights; nil likewise.
  package var drift: Double?
  /// The predictions of the averaged model under the policy, on the first set; nil for none.
  package var scores: EvaluationScores?

  /// Averages before any step.
  package init(decay: Double, format: String) {
    self.decay = decay
    self.format = format
  }
}
