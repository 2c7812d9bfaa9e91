// SPDX-License-Identifier: Apache-2.0

/// An optimizer with its constants.
public enum Optimizer: Codable, Sendable, Hashable, CustomStringConvertible {
  /// w + d, d = -lr g.
  case sgd(learningRate: Double)
  /// Adam with decoupled weight decay (Loshchilov and Hutter, 2019).
  case adamW(AdamWConstants)

  /// The constants of AdamW.
  public struct AdamWConstants: Codable, Sendable, Hashable {
    /// The learning rate.
    public var learningRate: Double
    /// The decay of the first moment.
    public var beta1: Double
    /// The decay of the second moment.
    public var beta2: Double
    /// What is added to the root of the second moment.
    public var epsilon: Double
    /// The weight decay, multiplied by the learning rate.
    public var weightDecay: Double

    /// The constants; the defaults are torch's.
    public init(
      learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999,
      epsilon: Double = 1e-8, weightDecay: Double = 1e-2
    ) {
      self.learningRate = learningRate
      self.beta1 = beta1
      self.beta2 = beta2
      self.epsilon = epsilon
      self.weightDecay = weightDecay
    }
  }

  /// The optimizers' names.
  public static let names = ["sgd", "adamw"]

  /// The optimizer of a name with a learning rate, by default 0.5 for SGD and 0.001 for AdamW; nil
  /// for an unknown name.
  public init?(name: String, learningRate: Double? = nil) {
    switch name.lowercased() {
    case "sgd": self = .sgd(learningRate: learningRate ?? Self.defaultSGDLearningRate)
    case "adamw":
      var constants = AdamWConstants()
      constants.learningRate = learningRate ?? constants.learningRate
      self = .adamW(constants)
    default: return nil
    }
  }
  private static let defaultSGDLearningRate = 0.5

  /// The optimizer in words.
  public var description: String {
    switch self {
    case .sgd(let learningRate): "sgd lr=\(learningRate)"
    case .adamW(let c):
      "adamw lr=\(c.learningRate) beta1=\(c.beta1) beta2=\(c.beta2) eps=\(c.epsilon) "
        + "decay=\(c.weightDecay)"
    }
  }
}

/// The new weights of one parameter and the update that led to them.
struct OptimizerStep<Scalar: Sendable>: Sendable {
  /// w before the addition: after the weight decay where there is one.
  var base: [Scalar]
  /// d, in the optimizer's format.
  var update: Tensor<Scalar>
  /// fl(w + d), in the format of the weights.
  var weights: Tensor<Scalar>
}

/// An optimizer's memory of one parameter.
enum OptimizerState<A: TrainingArithmetic>: Sendable {
  case sgd(SGD<A>)
  case adamW(AdamW<A>)

  /// The memory before the first step of a parameter with `count` weights.
  init(_ optimizer: Optimizer, count: Int) {
    switch optimizer {
    case .sgd(let learningRate): self = .sgd(SGD(learningRate: learningRate))
    case .adamW(let constants): self = .adamW(AdamW(constants, count: count))
    }
  }

  /// Takes one step.
  mutating func advance(
    weights: Tensor<A.Scalar>, gradient: [A.Scalar], _ engine: Engine<A>
  ) -> OptimizerStep<A.Scalar> {
    let base: [A.Scalar]
    let update: [A.Scalar]
    switch consume self {
    case .sgd(let state):
      base = weights.values
      update = state.update(gradient)
      self = .sgd(state)
    case .adamW(var state):
      (base, update) = state.advance(weights.values, gradient)
      self = .adamW(state)
    }
    let d = engine.store(
      update, rows: weights.rows, columns: weights.columns, as: engine.policy.optimizer)
    let new = engine.store(
      zip(base, d.values).map { $0 + $1 }, rows: weights.rows, columns: weights.columns,
      as: weights.precision)
    return OptimizerStep(base: base, update: d, weights: new)
  }
}
