// SPDX-License-Identifier: Apache-2.0
import Network
import Twins

/// Sources of error that are switched on and off together; all act in the same part of a step.
struct Player: Sendable, Hashable {
  /// The name: that of the only source, or of what several have in common.
  var name: String
  var sources: [RoundingSource]

  /// One source.
  init(_ source: RoundingSource) {
    name = source.rawValue
    sources = [source]
  }

  /// Several sources of a part of a step.
  init(_ name: String, _ sources: [RoundingSource]) {
    self.name = name
    self.sources = sources
  }

  var stage: RoundingSource.Stage { sources[0].stage }
}

extension RoundingSwitches {
  /// The players whose bits are set.
  init(_ players: [Player], _ set: Int) {
    self.init(
      players.indices.filter { set >> $0 & 1 == 1 }.flatMap { players[$0].sources }.map {
        .init($0)
      })
  }
}

extension TwinExperiment {
  /// The model's layers, those with parameters first, each once.
  var layers: [String] {
    var layers: [String] = []
    for layer in task.model.parameters.map(\.layer) + task.operations.map(\.layer)
    where !layers.contains(layer) { layers.append(layer) }
    return layers
  }
}
