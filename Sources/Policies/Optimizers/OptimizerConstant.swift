// SPDX-License-Identifier: Apache-2.0

extension Optimizer {
  /// A constant that an experiment may set. Files call it by its raw value, the command line by
  /// that in lower case with hyphens.
  package enum Constant: String, CaseIterable, Sendable {
    /// The learning rate before the schedule.
    case learningRate
    /// The decay of SGD's momentum buffer.
    case momentum
    /// The decay of Adam's first moment.
    case beta1
    /// The decay of Adam's second moment.
    case beta2
    /// What Adam adds to the root of the second moment.
    case epsilon
    /// The weight decay.
    case weightDecay
    /// The greatest norm of all gradients together.
    case clipNorm

    /// The methods that have it.
    package var methods: [Method] {
      switch self {
      case .momentum: [.sgd]
      case .beta1, .beta2, .epsilon: [.adam, .adamw]
      case .learningRate, .weightDecay, .clipNorm: Method.allCases
      }
    }

    /// The numbers that it may be.
    package var values: Values {
      switch self {
      case .learningRate, .clipNorm: .positive
      case .momentum, .beta1, .beta2: .decay
      case .epsilon, .weightDecay: .fromZero
      }
    }

    /// Whether an optimizer may be without it.
    package var isOptional: Bool { self == .clipNorm }
  }

  /// A set of finite numbers.
  package enum Values: String, Sendable {
    /// Above 0.
    case positive = "a positive number"
    /// 0 and above.
    case fromZero = "a number from 0"
    /// What may be left of a moving average at each step.
    case decay = "a number from 0 and below 1"

    /// Whether a number is one of them.
    package func contains(_ value: Double) -> Bool {
      switch self {
      case .positive: value > 0 && value.isFinite
      case .fromZero: value >= 0 && value.isFinite
      case .decay: value >= 0 && value < 1
      }
    }
  }

  /// A constant; nil where there is none. What is not optional keeps its value when set to nil.
  package subscript(constant: Constant) -> Double? {
    get {
      switch constant {
      case .learningRate: learningRate
      case .momentum: momentum
      case .beta1: beta1
      case .beta2: beta2
      case .epsilon: epsilon
      case .weightDecay: weightDecay
      case .clipNorm: clipNorm
      }
    }
    set {
      switch constant {
      case .learningRate: learningRate = newValue ?? learningRate
      case .momentum: momentum = newValue ?? momentum
      case .beta1: beta1 = newValue ?? beta1
      case .beta2: beta2 = newValue ?? beta2
      case .epsilon: epsilon = newValue ?? epsilon
      case .weightDecay: weightDecay = newValue ?? weightDecay
      case .clipNorm: clipNorm = newValue
      }
    }
  }
}
