// SPDX-License-Identifier: Apache-2.0

/// What clipping did to the gradients of a step.
package struct GradientClip: Codable, Sendable, Hashable {
  /// The norm that met the threshold, any loss scale included where it was in the gradients; nil
  /// where it is not finite.
  package var norm: Double?
  /// What the gradients were multiplied by, 1 where they are short enough; nil where it is NaN.
  package var factor: Double?

  /// The clip of a norm and a factor.
  package init(norm: Double, factor: Double) {
    self.norm = norm.isFinite ? norm : nil
    self.factor = factor.isFinite ? factor : nil
  }
}

/// The clips of a run's steps.
package struct ClipSummary: Codable, Sendable, Hashable {
  /// The steps whose gradients had a norm taken.
  package var steps = 0
  /// Those whose gradients a factor below 1 made shorter.
  package var clipped = 0
  /// Those whose norm is not finite.
  package var unbounded = 0
  /// The least factor; nil before one.
  package var leastFactor: Double?
  /// The sum of the finite factors, and the number of them.
  private var factors = 0.0
  private var counted = 0

  /// No steps.
  package init() {}

  /// The mean of the factors; nil without any.
  package var meanFactor: Double? { counted == 0 ? nil : factors / Double(counted) }

  /// Adds a step's.
  package mutating func add(_ clip: GradientClip) {
    steps += 1
    if clip.norm == nil { unbounded += 1 }
    guard let factor = clip.factor else { return }
    if factor < 1 { clipped += 1 }
    leastFactor = min(leastFactor ?? factor, factor)
    factors += factor
    counted += 1
  }
}
