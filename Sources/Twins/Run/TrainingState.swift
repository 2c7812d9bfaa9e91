// SPDX-License-Identifier: Apache-2.0
import Measurements
import Network

/// What a twin run goes on from: the steps that were taken, and every twin with its measurements.
package struct TrainingState: Codable, Sendable {
  /// The number of steps that were taken.
  package let steps: Int
  /// The time that they took, for whoever measures it.
  package var seconds = 0.0
  let reference: TwinRecord
  let policies: [TwinRecord]
  let seeds: [TwinRecord]
  let paired: [TwinRecord]

  init(
    steps: Int, reference: TwinRecord, policies: [TwinRecord], seeds: [TwinRecord],
    paired: [TwinRecord]
  ) {
    self.steps = steps
    self.reference = reference
    self.policies = policies
    self.seeds = seeds
    self.paired = paired
  }
}

/// A twin and what was measured of it.
struct TwinRecord: Codable, Sendable {
  var state: TwinState
  var scaler: LossScaler?
  var measurements: RecorderState
}
