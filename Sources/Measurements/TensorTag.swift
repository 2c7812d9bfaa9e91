// SPDX-License-Identifier: Apache-2.0

/// What a recorded tensor is to the training step.
package enum TensorKind: String, Codable, Sendable, Hashable, CaseIterable {
  /// A parameter as the optimizer keeps it, after the step.
  case weight
  /// The output of an operation in the forward pass.
  case activation
  /// The gradient of the loss with respect to an activation.
  case activationGradient
  /// The gradient of the loss with respect to a parameter, as the optimizer receives it.
  case weightGradient
  /// The difference that the optimizer adds to a parameter.
  case update
  /// Adam's first moment of a parameter's gradient, or SGD's momentum buffer, after the step.
  case firstMoment
  /// Adam's second moment, after the step.
  case secondMoment

  /// The direction in which the tensor arises.
  package var direction: Direction {
    switch self {
    case .activation: .forward
    case .activationGradient, .weightGradient: .backward
    case .weight, .update, .firstMoment, .secondMoment: .optimizer
    }
  }

  /// Whether the tensor is an optimizer's state.
  package var isMoment: Bool { self == .firstMoment || self == .secondMoment }

  /// The passes of a training step.
  package enum Direction: String, Codable, Sendable, Hashable {
    case forward, backward, optimizer
  }
}

/// The name of a recorded tensor: which layer, which operation, which kind.
package struct TensorTag: Codable, Sendable, Hashable, CustomStringConvertible {
  /// The layer, such as `hidden1`.
  package let layer: String
  /// The operation whose output or parameter the tensor is, such as `matmul` or `bias`.
  package let operation: String
  /// What the tensor is.
  package let kind: TensorKind

  /// The tag.
  package init(layer: String, operation: String, kind: TensorKind) {
    self.layer = layer
    self.operation = operation
    self.kind = kind
  }

  /// `layer.operation kind`, such as `hidden1.matmul activationGradient`.
  package var description: String { "\(layer).\(operation) \(kind.rawValue)" }
}
