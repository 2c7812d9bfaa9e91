// SPDX-License-Identifier: Apache-2.0

/// What arrived of a weight decay that was to take a share of each weight in one step.
///
/// AdamW's is a product, w ← fl((1 - η λ) w): with few bits fl is w itself, whatever adds the
/// updates later. SGD's is an addition to the gradient, g ← fl(g + λ w), which a gradient swamps.
package struct WeightDecay: Codable, Sendable, Hashable {
  /// #{w ≠ 0, w finite} before the step.
  package var nonzero = 0
  /// Those whose weight, or gradient, the decay left as it was.
  package var stuck = 0
  /// Σ |w| over them in FP64.
  package var mass = 0.0
  /// Σ of what the decay was to take of |w|, by this step's learning rate.
  package var asked = 0.0
  /// Σ of what it took, likewise; negative where it added.
  package var taken = 0.0

  /// No weights.
  package init() {}

  /// stuck / nonzero; nil without a nonzero weight.
  package var stuckRate: Double? { nonzero == 0 ? nil : Double(stuck) / Double(nonzero) }
  /// (asked - taken) / mass: the share of the weights' magnitude that a step kept against the
  /// decay; nil without a nonzero weight.
  package var keptShare: Double? { mass > 0 ? (asked - taken) / mass : nil }

  /// Adds weights and what the decay made of `before`: the weights themselves, or their gradients.
  ///
  /// - Parameters:
  ///   - share: What the decay was to take of each weight in this step.
  ///   - factor: What a change of `before` by 1 does to the weight in this step: 1 for the weights
  ///     themselves, and the negated learning rate for gradients.
  /// - Precondition: the buffers have the same count.
  package mutating func add(
    weights: UnsafeBufferPointer<Double>, before: UnsafeBufferPointer<Double>,
    after: UnsafeBufferPointer<Double>, share: Double, factor: Double
  ) {
    precondition(weights.count == before.count && before.count == after.count)
    for i in weights.indices {
      let w = weights[i]
      let change = after[i] - before[i]
      guard w != 0, w.isFinite, change.isFinite else { continue }
      nonzero += 1
      stuck += change == 0 ? 1 : 0
      mass += w.magnitude
      asked += share * w.magnitude
      taken -= factor * (w < 0 ? -change : change)
    }
  }

  /// Adds other weights, or the same of another step.
  package mutating func merge(_ other: WeightDecay) {
    nonzero += other.nonzero
    stuck += other.stuck
    mass += other.mass
    asked += other.asked
    taken += other.taken
  }
}
