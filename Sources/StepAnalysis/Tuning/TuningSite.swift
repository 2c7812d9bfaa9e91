// SPDX-License-Identifier: Apache-2.0
import Policies
import Twins

/// What has a format of its own in a search.
package struct TuningSite: Sendable, Hashable {
  /// What computes or is kept.
  package enum Kind: Sendable, Hashable {
    /// The operations of a class.
    case operation(OperationClass)
    /// The weights that the optimizer keeps.
    case weights
    /// The optimizer's moments.
    case state
  }

  /// The layer, or for what is kept of all layers `optimizer`.
  package let layer: String
  /// What of it.
  package let kind: Kind

  /// An operation of a layer.
  init(_ place: LayerOperation) { (layer, kind) = (place.layer, .operation(place.operation)) }

  /// What the optimizer keeps.
  private init(_ kind: Kind) { (layer, self.kind) = (Twin.optimizerLayer, kind) }

  /// What the optimizer keeps of all layers.
  static let kept = [TuningSite(.weights), TuningSite(.state)]

  /// Whether it is kept by the optimizer.
  var isKept: Bool { kind == .weights || kind == .state }

  /// What of the layer, as a path says it.
  package var name: String {
    switch kind {
    case .operation(let operation): operation.rawValue
    case .weights: "weights"
    case .state: "state"
    }
  }

  /// Whether it can have a level: what is kept is of a format of its own size.
  func takes(_ level: TuningLevel) -> Bool {
    switch kind {
    case .operation(let operation): level.serves(operation)
    case .weights, .state: [.fp32, .fp16, .bf16].contains(level)
    }
  }
}
