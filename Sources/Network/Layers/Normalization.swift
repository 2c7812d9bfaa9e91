// SPDX-License-Identifier: Apache-2.0

/// What a model divides the values of a position by.
package enum Normalization: String, Codable, Sendable, Hashable, CaseIterable {
  /// Their standard deviation, after their mean is taken away.
  case layer
  /// The root of their mean square.
  case rms

  /// ε of torch's layer and batch normalization, and of the papers' authors.
  package static let epsilon = 1e-5
}
