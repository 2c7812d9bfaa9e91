// SPDX-License-Identifier: Apache-2.0

/// A parameter: where it belongs, its shape, and the distribution that it is drawn from.
package struct Parameter: Sendable, Hashable {
  /// The layer.
  package var layer: String
  /// The name within the layer, such as `weight`.
  package var name: String
  /// The sizes.
  package var shape: [Int]
  /// The distribution.
  package var initial: Initial

  /// A parameter of a layer.
  package init(layer: String, name: String, shape: [Int], initial: Initial) {
    self.layer = layer
    self.name = name
    self.shape = shape
    self.initial = initial
  }

  /// The values before the first step.
  package enum Initial: Sendable, Hashable {
    /// The same everywhere.
    case constant(Double)
    /// Uniform between -bound and bound.
    case uniform(bound: Double)
    /// Normal with mean 0.
    case normal(deviation: Double)
  }

  /// The number of values.
  package var count: Int { shape.reduce(1, *) }
}
