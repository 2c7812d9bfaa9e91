// SPDX-License-Identifier: Apache-2.0
import Formats

/// Which format every value of a training step is rounded to, and in which arithmetic.
package struct Policy: Codable, Sendable, Hashable {
  /// The short name, such as `fp16-amp`.
  package var name: String
  /// How operations compute that nothing below names.
  package var rule: OperationRule
  /// How the operations of a class compute.
  package var classes: [OperationClass: OperationRule]
  /// How the operations of certain layers compute; the last one that matches holds.
  package var layers: [LayerRule]
  /// The format of the weights that the optimizer keeps: master weights where products read a
  /// narrower one.
  package var weights: Precision
  /// The optimizer's arithmetic, its state, and how the weights take an update.
  package var optimizer: OptimizerRule
  /// The dynamic loss scaling; nil for none.
  package var lossScaling: LossScaling?
  /// Simulated data-parallel workers; nil for one process.
  package var workers: DataParallelism?
  /// How gradients are clipped; nil: once all together, by a norm that is rounded nowhere but in the
  /// optimizer's arithmetic.
  package var clipping: GradientClipping?
  /// The parts in which the batch is taken; nil for one.
  package var microBatches: MicroBatches?
  /// Moving averages of the weights; nil for none.
  package var averages: WeightAverages?

  /// The policy.
  package init(
    name: String, rule: OperationRule, classes: [OperationClass: OperationRule] = [:],
    layers: [LayerRule] = [], weights: Precision, optimizer: OptimizerRule,
    lossScaling: LossScaling? = nil, workers: DataParallelism? = nil
  ) {
    self.name = name
    self.rule = rule
    self.classes = classes
    self.layers = layers
    self.weights = weights
    self.optimizer = optimizer
    self.lossScaling = lossScaling
    self.workers = workers
  }

  /// How an operation of a layer computes. Products by a matrix unit read the format of the weights
  /// where the rule names no other, and gradients in the operands' format.
  package func rule(_ operation: OperationClass, layer: String) -> OperationRule {
    var rule =
      layers.last { $0.matches(operation, layer: layer) }?.rule ?? classes[operation] ?? rule
    if OperationClass.summing.contains(operation), rule.accumulation.order.isOfUnit {
      rule.operands = rule.operands ?? weights
      rule.gradients = rule.gradients ?? rule.operands
    }
    return rule
  }

  /// The arithmetic of the type that holds the twin's tensors: FP32, or the reference's own.
  package var held: ElementArithmetic { rule.compute.ofHeldType }

  /// Whether its numbers are MPFR's.
  package var isMPFR: Bool {
    if case .mpfr = rule.compute { return true }
    return false
  }
}

/// A rule for the layers whose name matches a pattern.
package struct LayerRule: Codable, Sendable, Hashable {
  /// The layers' names, `*` standing for any number of characters.
  package var pattern: String
  /// The class of operations; nil: all.
  package var operation: OperationClass?
  /// How they compute.
  package var rule: OperationRule

  /// The rule.
  package init(pattern: String, operation: OperationClass? = nil, rule: OperationRule) {
    self.pattern = pattern
    self.operation = operation
    self.rule = rule
  }

  /// Whether the rule is meant for an operation.
  package func matches(_ place: LayerOperation) -> Bool {
    matches(place.operation, layer: place.layer)
  }

  func matches(_ operation: OperationClass, layer: String) -> Bool {
    (self.operation ?? operation) == operation && matches(layer: layer)
  }

  /// Whether a layer's name is of the pattern. Of each `*` the shortest match is tried first, and
  /// only the last one is ever lengthened, so that the work is at most the product of the lengths.
  func matches(layer name: String) -> Bool {
    let (pattern, name) = (Array(pattern.unicodeScalars), Array(name.unicodeScalars))
    var (p, n) = (0, 0)
    var star: (pattern: Int, name: Int)?
    while n < name.count {
      if p < pattern.count, pattern[p] == "*" {
        star = (p, n)
        p += 1
      } else if p < pattern.count, pattern[p] == name[n] {
        p += 1
        n += 1
      } else if let last = star {
        star = (last.pattern, last.name + 1)
        (p, n) = (last.pattern + 1, last.name + 1)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == "*" }
  }
}

/// A class of operations in a layer.
package struct LayerOperation: Hashable, Sendable {
  /// The layer.
  package var layer: String
  /// The class.
  package var operation: OperationClass

  /// The class in the layer.
  package init(layer: String, operation: OperationClass) {
    self.layer = layer
    self.operation = operation
  }
}

/// How an optimizer computes and keeps its state, and how the weights take an update.
package struct OptimizerRule: Codable, Sendable, Hashable {
  /// The arithmetic of the optimizer's primitives.
  package var compute: ElementArithmetic
  /// The format of its state and of the update.
  package var state: Precision
  /// The rounding of moments and momentum to that format; all else rounds to nearest even.
  package var stateRounding: Rounding
  /// How the sum of weight and update becomes a weight.
  package var update: WeightUpdate
  /// How the optimizer's constants are rounded before they are used.
  package var hyperparameters: HyperparameterRounding

  /// The rule.
  package init(
    compute: ElementArithmetic, state: Precision, stateRounding: Rounding = .nearestEven,
    update: WeightUpdate = .nearest, hyperparameters: HyperparameterRounding = .torch
  ) {
    self.compute = compute
    self.state = state
    self.stateRounding = stateRounding
    self.update = update
    self.hyperparameters = hyperparameters
  }

  /// Whether a rounding of a step takes random words, in the order of the parameters.
  package var isRandom: Bool {
    if case .stochastic = stateRounding { return true }
    return update == .stochastic
  }
}

/// How the sum of a weight and its update becomes a weight of the weights' format.
package enum WeightUpdate: String, Codable, Sendable, Hashable, CaseIterable {
  /// w ← RN(w + d).
  case nearest
  /// w ← SR(w + d): up in magnitude with the probability of the discarded fraction.
  case stochastic
  /// Kahan's compensated sum: y = RN(d - c), t = RN(w + y), c ← RN(RN(t - w) - y), w ← t, with c in
  /// the weights' format (Kahan, 1965; for training, arXiv 2010.06192).
  case kahan
}

extension OperationClass: CodingKeyRepresentable {}
