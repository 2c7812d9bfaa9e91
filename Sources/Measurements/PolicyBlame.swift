// SPDX-License-Identifier: Apache-2.0

/// Which roundings of a policy are to blame for what it did in a training, by one of its steps.
package struct PolicyBlame: Codable, Sendable, Hashable {
  /// The policy's name.
  package var policy: String
  /// The last step that was taken, from the reference's state before it: the error of its updates,
  /// and that of its gradients.
  package var steps: [AttributedStep] = []
  /// Where the first source of the first of these acts most; nil where no layer has half of it.
  package var place: BlamedPlace?
  /// Where an update is infinite or NaN: each source without which all are finite, the one first that
  /// leaves the least error; where no single source is, each pair of sources.
  package var cures: [BlamedCure] = []
  /// Why nothing was attributed; nil where something was.
  package var omission: String?

  /// The blame of a policy, of which nothing is known.
  package init(policy: String) { self.policy = policy }

  /// What an answer names first: the error of the updates where there is one.
  package var leading: AttributedStep? { steps.first { !$0.sources.isEmpty } }
}

/// A source, or two, without which all updates are finite.
package struct BlamedCure: Codable, Sendable, Hashable {
  /// The source.
  package var source: String
  /// The source that has to be off with it; nil where it is enough by itself.
  package var second: String?
  /// ‖e‖ / ‖x_ref‖ of the updates without it.
  package var error: Double

  /// The sources and the error without them.
  package init(source: String, second: String? = nil, error: Double) {
    self.source = source
    self.second = second
    self.error = error
  }
}

/// A source in one layer.
package struct BlamedPlace: Codable, Sendable, Hashable {
  /// The source.
  package var source: String
  /// The layer.
  package var layer: String
  /// What switching the source off in that layer alone removes of the squared error.
  package var removed: Double

  /// The source in the layer.
  package init(source: String, layer: String, removed: Double) {
    self.source = source
    self.layer = layer
    self.removed = removed
  }
}
