// SPDX-License-Identifier: Apache-2.0
import Measurements

/// What a twin run goes on from: the steps that were taken, and every twin with its measurements.
public struct TrainingState: Codable, Sendable {
  /// The number of steps that were taken.
  public let steps: Int
  /// The time that they took, for whoever measures it.
  public var seconds = 0.0
  let reference: TwinRecord
  let policies: [TwinRecord]
  let seeds: [TwinRecord]

  init(steps: Int, reference: TwinRecord, policies: [TwinRecord], seeds: [TwinRecord]) {
    self.steps = steps
    self.reference = reference
    self.policies = policies
    self.seeds = seeds
  }

  /// Whether the twins are those of an experiment: as many, of the same sizes.
  public func fits(_ experiment: TwinExperiment) -> Bool {
    let shapes = experiment.task.model.parameters.map(\.shape)
    return (1...max(1, experiment.steps)).contains(steps)
      && policies.count == experiment.policies.count && seeds.count == experiment.seedRuns
      && ([reference] + policies + seeds).allSatisfy { $0.state.fits(shapes) }
  }
}

/// A twin and what was measured of it.
struct TwinRecord: Codable, Sendable {
  var state: TwinState
  var scaler: LossScaler?
  var measurements: RecorderState
}

extension TwinState {
  /// Whether every tensor has the shape of its parameter.
  fileprivate func fits(_ shapes: [[Int]]) -> Bool {
    weights.map(\.shape) == shapes && moments.count == shapes.count
      && zip(moments, shapes).allSatisfy { moment, shape in
        moment.tensors.allSatisfy { $0.shape == shape }
      }
  }
}
