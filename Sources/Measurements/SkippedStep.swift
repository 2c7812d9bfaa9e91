// SPDX-License-Identifier: Apache-2.0

/// Why a loss scaler skipped a step.
package struct SkippedStep: Codable, Sendable, Hashable {
  /// The kinds of reasons, each with a remedy of its own.
  package enum Reason: String, Codable, Sendable, Hashable, CaseIterable {
    /// A value of the forward pass, or the loss, was infinite or NaN: no loss scale can help.
    case forward
    /// The forward pass was finite and a scaled gradient was not: a smaller scale helps.
    case backward
    /// The scaler had raised an error before: the framework would have ended the run.
    case stopped
  }

  /// The reason.
  package var reason: Reason
  /// The first tensor, in the order in which a step produces them, with a value that is not finite;
  /// nil where every gradient was finite and only the sum or the norm that the scaler looks at was
  /// not.
  package var tensor: TensorTag?
  /// max |x| of the reference's tensor at that step, without a loss scale; nil at unmeasured steps.
  package var referenceLargest: Double?

  /// The reason with its place.
  package init(reason: Reason, tensor: TensorTag? = nil, referenceLargest: Double? = nil) {
    self.reason = reason
    self.tensor = tensor
    self.referenceLargest = referenceLargest
  }
}
