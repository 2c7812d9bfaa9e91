// SPDX-License-Identifier: Apache-2.0

/// An optimizer with its constants, in torch's definitions.
package struct Optimizer: Codable, Sendable, Hashable {
  /// The rule by which a gradient becomes an update.
  package enum Method: String, Codable, Sendable, Hashable, CaseIterable {
    /// Gradient descent, with momentum where that is not 0.
    case sgd
    /// Adam (Kingma and Ba, 2015); weight decay is added to the gradient.
    case adam
    /// Adam with decoupled weight decay (Loshchilov and Hutter, 2019).
    case adamw
  }

  /// The rule.
  package var method: Method
  /// The learning rate before the schedule.
  package var learningRate: Double
  /// The decay of SGD's momentum buffer; 0 for none.
  package var momentum = 0.0
  /// The decay of Adam's first moment.
  package var beta1 = 0.9
  /// The decay of Adam's second moment.
  package var beta2 = 0.999
  /// What Adam adds to the root of the second moment.
  package var epsilon = 1e-8
  /// The weight decay.
  package var weightDecay: Double
  /// The greatest L2 norm of all gradients together; nil: they are not clipped.
  package var clipNorm: Double?
  /// The learning rate's course.
  package var schedule = Schedule.constant

  /// The optimizer with torch's defaults: a learning rate of 0.5 for SGD, which torch leaves open,
  /// and of 0.001 otherwise; a weight decay of 0.01 for AdamW and none otherwise.
  package init(_ method: Method, learningRate: Double? = nil) {
    self.method = method
    self.learningRate = learningRate ?? (method == .sgd ? 0.5 : 1e-3)
    weightDecay = method == .adamw ? 1e-2 : 0
  }

  /// Whether it remembers moments or momentum from step to step.
  package var hasMoments: Bool { method != .sgd || momentum != 0 }

  /// The methods' names.
  package static let names = Method.allCases.map(\.rawValue)
}

extension Optimizer: CustomStringConvertible {
  /// The optimizer in words.
  package var description: String {
    var parts = ["\(method.rawValue) lr=\(learningRate)"]
    if method == .sgd {
      if momentum != 0 { parts.append("momentum=\(momentum)") }
    } else {
      parts.append("beta1=\(beta1) beta2=\(beta2) eps=\(epsilon)")
    }
    if weightDecay != 0 || method == .adamw { parts.append("decay=\(weightDecay)") }
    if let clipNorm { parts.append("clip=\(clipNorm)") }
    if schedule != .constant { parts.append("schedule=\(schedule)") }
    return parts.joined(separator: " ")
  }
}
