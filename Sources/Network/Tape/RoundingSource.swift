// SPDX-License-Identifier: Apache-2.0
import Policies

/// What rounds in a step: the sources of error that can be switched off, one by one.
package enum RoundingSource: String, Codable, CaseIterable, Sendable, Hashable {
  /// The weights as the optimizer keeps them.
  case weights
  /// The casts of weights to what operations read.
  case weightCasts
  /// The casts of values to what operations read.
  case activationCasts
  /// The arithmetic of products, convolutions and attention in the forward pass: their sums.
  case sums
  /// The arithmetic of every other operation in the forward pass, with its reductions.
  case elementwise
  /// The rounding of the forward pass's results to their formats.
  case outputs
  /// The casts of gradients before products read them.
  case gradientCasts
  /// The arithmetic of products, convolutions and attention in the backward pass.
  case gradientSums
  /// The arithmetic of every other operation in the backward pass, and the sums of gradients of values
  /// that several operations read.
  case gradientElementwise
  /// The rounding of gradients to their formats' precision.
  case gradientOutputs
  /// The narrow range of the formats of gradients: values that become subnormal, zero or infinite.
  case gradientRange
  /// How the policy clips gradients: those that are scaled, by a norm in a format.
  case clipping
  /// The rounding of the optimizer's constants: ε = 10⁻⁸ is zero in FP16.
  case constants
  /// The arithmetic of the optimizer, with the undoing of the loss scale.
  case optimizerArithmetic
  /// The formats that the optimizer keeps its state in.
  case optimizerState
  /// The rounding of weights and their updates, added, to the weights' format.
  case weightUpdates

  /// The parts of a step, in their order.
  package enum Stage: Sendable { case forward, backward, optimizer }

  /// The part of a step that the source acts in.
  package var stage: Stage {
    switch self {
    case .weights, .weightCasts, .activationCasts, .sums, .elementwise, .outputs: .forward
    case .gradientCasts, .gradientSums, .gradientElementwise, .gradientOutputs, .gradientRange:
      .backward
    case .clipping, .constants, .optimizerArithmetic, .optimizerState, .weightUpdates: .optimizer
    }
  }
}

/// The sources that round in a step; all others compute in FP64.
package struct RoundingSwitches: Sendable, Hashable {
  /// A source, everywhere or in one layer.
  package struct Place: Sendable, Hashable {
    /// The source.
    package var source: RoundingSource
    /// The layer; nil for every one.
    package var layer: String?

    /// A place.
    package init(_ source: RoundingSource, layer: String? = nil) {
      self.source = source
      self.layer = layer
    }
  }

  private var places: Set<Place>

  /// The switches with some places on.
  package init(_ places: some Sequence<Place>) { self.places = Set(places) }

  /// Every source everywhere: the policy's own step.
  package static let all = RoundingSwitches(RoundingSource.allCases.map { Place($0) })
  /// No source: the reference's step.
  package static let none = RoundingSwitches([])

  /// The switches of two sets together.
  package func union(_ other: RoundingSwitches) -> RoundingSwitches {
    RoundingSwitches(places.union(other.places))
  }

  /// Whether a source rounds in a layer.
  package func isOn(_ source: RoundingSource, _ layer: String) -> Bool {
    places.contains(Place(source)) || places.contains(Place(source, layer: layer))
  }
}

/// The formats of every value and gradient of a policy's own step, which a step with switches rounds
/// to where its switches are on.
package struct RoundingPlan: Sendable {
  /// Of each value on the tape, in order.
  var values: [Precision] = []
  /// Of the gradient of each operation's inputs, as the operation leaves it; nil where none exists.
  var gradients: [Int: [Precision?]] = [:]

  /// The format of a value of the tape.
  package func precision(of index: Tape.Index) -> Precision { values[index.position] }
}
