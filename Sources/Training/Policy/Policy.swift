// SPDX-License-Identifier: Apache-2.0
import SoftFloat

/// Which format every value of a training step is rounded to, and in which arithmetic.
public struct Policy: Codable, Sendable, Hashable {
  /// The short name, such as `fp16-amp`.
  public var name: String
  /// How operations compute that nothing below names.
  public var rule: OperationRule
  /// How the operations of a class compute.
  public var classes: [OperationClass: OperationRule]
  /// How the operations of certain layers compute; the last one that matches holds.
  public var layers: [LayerRule]
  /// The format of the weights that the optimizer keeps: master weights where products read a
  /// narrower one.
  public var weights: Precision
  /// The optimizer's arithmetic, its state, and how the weights take an update.
  public var optimizer: OptimizerRule
  /// The dynamic loss scaling; nil for none.
  public var lossScaling: LossScaling?

  /// The policy.
  public init(
    name: String, rule: OperationRule, classes: [OperationClass: OperationRule] = [:],
    layers: [LayerRule] = [], weights: Precision, optimizer: OptimizerRule,
    lossScaling: LossScaling? = nil
  ) {
    self.name = name
    self.rule = rule
    self.classes = classes
    self.layers = layers
    self.weights = weights
    self.optimizer = optimizer
    self.lossScaling = lossScaling
  }

  /// How an operation of a layer computes.
  public func rule(_ operation: OperationClass, layer: String) -> OperationRule {
    layers.last { $0.matches(operation, layer: layer) }?.rule ?? classes[operation] ?? rule
  }

  /// The arithmetic of the type that holds the twin's tensors: FP32, or the reference's own.
  var held: ElementArithmetic { rule.compute.ofHeldType }
}

/// A rule for the layers whose name matches a pattern.
public struct LayerRule: Codable, Sendable, Hashable {
  /// The layers' names, `*` standing for any number of characters.
  public var pattern: String
  /// The class of operations; nil: all.
  public var operation: OperationClass?
  /// How they compute.
  public var rule: OperationRule

  /// The rule.
  public init(pattern: String, operation: OperationClass? = nil, rule: OperationRule) {
    self.pattern = pattern
    self.operation = operation
    self.rule = rule
  }

  func matches(_ operation: OperationClass, layer: String) -> Bool {
    (self.operation ?? operation) == operation && Self.matches(pattern[...], layer[...])
  }

  private static func matches(_ pattern: Substring, _ name: Substring) -> Bool {
    guard let first = pattern.first else { return name.isEmpty }
    if first == "*" {
      let rest = pattern.dropFirst()
      return matches(rest, name) || (!name.isEmpty && matches(pattern, name.dropFirst()))
    }
    return first == name.first && matches(pattern.dropFirst(), name.dropFirst())
  }
}

/// How an optimizer computes and keeps its state, and how the weights take an update.
public struct OptimizerRule: Codable, Sendable, Hashable {
  /// The arithmetic of the optimizer's primitives.
  public var compute: ElementArithmetic
  /// The format of its state and of the update.
  public var state: Precision
  /// How the sum of weight and update becomes a weight.
  public var update: WeightUpdate

  /// The rule.
  public init(
    compute: ElementArithmetic, state: Precision, update: WeightUpdate = .nearest
  ) {
    self.compute = compute
    self.state = state
    self.update = update
  }
}

/// How the sum of a weight and its update becomes a weight of the weights' format.
public enum WeightUpdate: String, Codable, Sendable, Hashable, CaseIterable {
  /// w ← RN(w + d).
  case nearest
  /// w ← SR(w + d): up in magnitude with the probability of the discarded fraction.
  case stochastic
  /// Kahan's compensated sum: y = RN(d - c), t = RN(w + y), c ← RN(RN(t - w) - y), w ← t, with c in
  /// the weights' format (Kahan, 1965; for training, arXiv 2010.06192).
  case kahan
}

extension OperationClass: CodingKeyRepresentable {}
