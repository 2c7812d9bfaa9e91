// SPDX-License-Identifier: Apache-2.0
import Measurements

extension WeightAverageRecord {
  /// Adds what the end of a run shows: how far a twin's averages are from the reference's of the
  /// same decay, and how well the averaged model predicts.
  mutating func finish(_ twin: Twin, _ reference: ReferenceTwin, _ models: TrainedModels) {
    guard let averages = twin.state.averages(ofDecay: decay),
      let expected = reference.twin.state.averages(ofDecay: decay)
    else { return }
    let distance = reference.distance(of: averages, from: expected)
    (relativeL2, drift) = (distance?.relativeL2, distance?.drift)
    scores = twin.state.averaged(ofDecay: decay).flatMap {
      models.scores(of: $0, under: twin.policy)
    }
  }
}
