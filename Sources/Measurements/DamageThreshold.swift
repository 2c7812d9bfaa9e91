// SPDX-License-Identifier: Apache-2.0

/// From where on a measurement counts as damage, for reports that name it and runs that try to mend
/// it.
package enum DamageThreshold {
  /// The share of a tensor's values, or of its updates, that may vanish.
  package static let share = 0.01
  /// The ratio of an update's length to the reference's.
  package static let updateRatio = 10.0
  /// The share of a weight that a run may keep against its weight decay.
  package static let keptDecay = 0.05

  /// Whether the relative error that one layer adds is large, and much greater than the next
  /// layer's.
  package static func dominates(_ error: Double, _ next: Double) -> Bool {
    error > 0.01 && error > 4 * next
  }
}
