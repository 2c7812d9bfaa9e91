// SPDX-License-Identifier: Apache-2.0
import Measurements

/// What a tuner makes small.
package enum TuningObjective: String, Codable, Sendable, CaseIterable {
  /// The bytes that a step needs.
  case bytes
  /// The modelled seconds of a step.
  case time
  /// The modelled energy of a step.
  case energy

  /// The cost in its unit: bytes, seconds or joules; nil where it is not known.
  package func value(_ cost: CostCount) -> Double? {
    switch self {
    case .bytes: Double(cost.bytes)
    case .time: cost.seconds
    case .energy: cost.joules
    }
  }
}
