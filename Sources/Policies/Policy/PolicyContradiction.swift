// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// Two fields of a policy that cannot both hold: the step would ignore one of them, or could not
/// compute.
package struct PolicyContradiction: Hashable, Sendable {
  /// A field: its path from the policy, such as `classes`, `product`, `compute`, and its value.
  package struct Field: Hashable, Sendable {
    /// The keys on the way.
    package var path: [String]
    /// The value in words; nil for none.
    package var value: String?
  }

  /// The two fields.
  package var fields: [Field]
  /// Why not both.
  package var reason: String

  init(
    _ first: ([String], (any CustomStringConvertible)?),
    _ second: ([String], (any CustomStringConvertible)?), _ reason: String
  ) {
    fields = [first, second].map { Field(path: $0.0, value: $0.1.map { $0.description }) }
    self.reason = reason
  }
}

extension Policy {
  /// The pairs of fields that contradict each other; none for a policy that can run.
  package var contradictions: [PolicyContradiction] {
    let unnamed = OperationClass.allCases.filter { classes[$0] == nil }
    var rules = [RuleField(path: ["rule"], rule: rule, operations: unnamed)]
    for operation in OperationClass.allCases {
      guard let rule = classes[operation] else { continue }
      rules.append(
        RuleField(path: ["classes", operation.rawValue], rule: rule, operations: [operation]))
    }
    for (index, layer) in layers.enumerated() {
      rules.append(
        RuleField(
          path: ["layers", "\(index)"], rule: layer.rule,
          operations: layer.operation.map { [$0] } ?? OperationClass.allCases))
    }
    return rules.flatMap(contradictions) + tileContradictions + addendContradictions
      + optimizerContradictions
      + (lossScaling?.contradictions ?? []) + workersContradictions + stepContradictions
  }

  /// A rule, where it stands and for which classes.
  private struct RuleField {
    let path: [String]
    let rule: OperationRule
    let operations: [OperationClass]
    /// Whether its accumulation is ever used.
    var sums: Bool { operations.contains { OperationClass.summing.contains($0) } }
  }

  /// The arithmetic that holds the tensors, with the field that says so.
  var heldField: ([String], (any CustomStringConvertible)?) {
    (["rule", "compute"], rule.compute)
  }

  /// Whether a twin of this policy can hold values of a precision.
  func holds(_ precision: Precision) -> Bool {
    held == .fp32 ? precision.format != nil : precision == held.precision
  }

  private func contradictions(of field: RuleField) -> [PolicyContradiction] {
    let (rule, path) = (field.rule, field.path)
    var found: [PolicyContradiction] = []
    if rule.compute.ofHeldType != held {
      found.append(
        PolicyContradiction(
          (path + ["compute"], rule.compute), heldField,
          "a twin holds all tensors in one type, FP32, FP64 or MPFR"))
    }
    let formats = [
      ("operands", rule.operands), ("addends", rule.addends), ("gradients", rule.gradients),
      ("output", rule.output),
      ("gradientOutput", rule.gradientOutput),
    ]
    for case (let name, let precision?) in formats where !holds(precision) {
      found.append(
        PolicyContradiction(
          (path + [name], precision), heldField, "a twin of that arithmetic cannot hold the format")
      )
    }
    let isPlain = rule.accumulation == Accumulation(rule.accumulation.format)
    if !field.sums, rule.accumulation != self.rule.accumulation, !isPlain {
      found.append(
        PolicyContradiction(
          (path + ["accumulation"], rule.accumulation),
          path[0] == "classes"
            ? (["classes"], path[1])
            : (path + ["operation"], field.operations.first?.rawValue),
          "only \(OperationClass.summingNames) have matrix products"))
    }
    return found + scalingContradictions(of: rule, at: path)
      + (held == .fp32 ? narrowContradictions(of: field) : wideContradictions(of: field))
  }

  private func scalingContradictions(
    of rule: OperationRule, at path: [String]
  ) -> [PolicyContradiction] {
    guard rule.scalesOperands else { return [] }
    let scales = (path + ["scalesOperands"], true)
    var found: [PolicyContradiction] = []
    if rule.operands == nil, rule.gradients == nil {
      found.append(
        PolicyContradiction(
          scales, (path + ["operands"], nil), "without a format to cast to, nothing is scaled"))
    } else if rule.output == nil {
      found.append(
        PolicyContradiction(
          scales, (path + ["output"], nil),
          "the result would be stored in the operands' format without their scale"))
    } else if rule.gradientOutput == nil, rule.operands != nil {
      found.append(
        PolicyContradiction(
          scales, (path + ["gradientOutput"], nil),
          "gradients would be stored in the operands' format without their scale"))
    }
    return found
  }

  /// What a twin held in FP32 would ignore or could not do.
  private func narrowContradictions(of field: RuleField) -> [PolicyContradiction] {
    let (rule, path) = (field.rule, field.path)
    var found: [PolicyContradiction] = []
    if let gradients = rule.gradients, let output = rule.output, gradients != output,
      output.isContained(in: gradients)
    {
      found.append(
        PolicyContradiction(
          (path + ["gradients"], gradients), (path + ["output"], output),
          "gradients arrive in the output's format, which the wider one cannot change"))
    }
    let operands =
      rule.operands.map { (path + ["operands"], $0) } ?? (["weights"], weights)
    if rule.compute != .fp32, !operands.1.isContained(in: rule.compute.precision) {
      found.append(
        PolicyContradiction(
          (path + ["compute"], rule.compute), operands,
          "primitives rounded one by one want operands of their own format"))
    }
    if field.sums { found += unitContradictions(of: rule, at: path) }
    if field.sums, let narrow = rule.accumulation.narrowFormat {
      let sums = (path + ["accumulation", "format"], rule.accumulation.format.rawValue)
      let gradients =
        rule.gradients.map { (path + ["gradients"], $0) }
        ?? rule.output.map { (path + ["output"], $0) } ?? operands
      for read in [operands, gradients] where !read.1.isContained(in: narrow) {
        found.append(
          PolicyContradiction(sums, read, "sums of a narrow format want operands of that format"))
      }
      if rule.scalesOperands {
        found.append(
          PolicyContradiction(
            sums, (path + ["scalesOperands"], true), "scaled operands may leave the sums' range"))
      }
    }
    if rule.rounding != .nearestEven, !rounds(rule) {
      found.append(
        PolicyContradiction(
          (path + ["rounding"], rule.rounding),
          rule.output.map { (path + ["output"], $0) } ?? (["weights"], weights),
          "FP32 results are not rounded again: name a narrower format"))
    }
    return found
  }

  /// Whether the operations of a rule store values in a format narrower than FP32.
  package func rounds(_ rule: OperationRule) -> Bool {
    func isNarrow(_ precision: Precision?) -> Bool { precision != nil && precision != .fp32 }
    if isNarrow(rule.operands) || isNarrow(rule.addends) || isNarrow(rule.gradients)
      || isNarrow(rule.output)
      || isNarrow(rule.gradientOutput)
    {
      return true
    }
    // What comes in may be narrow where nothing says otherwise.
    guard rule.operands == nil, rule.output == nil || rule.gradientOutput == nil else {
      return false
    }
    let rules = [self.rule] + classes.values + layers.map(\.rule)
    return isNarrow(weights) || rules.contains { isNarrow($0.operands) || isNarrow($0.output) }
  }

  /// What FP64 and MPFR would ignore: they round once, to nearest, to their own precision.
  private func wideContradictions(of field: RuleField) -> [PolicyContradiction] {
    let (rule, path) = (field.rule, field.path)
    var found: [PolicyContradiction] = []
    func refuse(_ name: String, _ value: any CustomStringConvertible, _ reason: String) {
      found.append(PolicyContradiction((path + [name], value), heldField, reason))
    }
    if rule.rounding != .nearestEven {
      refuse("rounding", rule.rounding, "a reference rounds to nearest even")
    }
    if rule.subnormals != .gradual {
      refuse("subnormals", rule.subnormals.rawValue, "a reference underflows gradually")
    }
    if rule.scalesOperands {
      refuse("scalesOperands", true, "a reference has no range to scale to")
    }
    if let reduction = rule.reduction {
      refuse("reduction", reduction, "a reference's sums are in its own arithmetic")
    }
    guard field.sums else { return found }
    if rule.accumulation.resultFormat != .fp64 || rule.accumulation.format != .fp64
      || rule.accumulation.order.isOfUnit
    {
      refuse("accumulation", rule.accumulation, "a reference's sums are in its own arithmetic")
    } else if case .mpfr = held, rule.accumulation != Accumulation(.fp64) {
      refuse("accumulation", rule.accumulation, "MPFR's sums are fused and sequential")
    }
    return found
  }

  private var optimizerContradictions: [PolicyContradiction] {
    var found: [PolicyContradiction] = []
    let compute = (["optimizer", "compute"], optimizer.compute)
    let weights = (["weights"], self.weights)
    let state = (["optimizer", "state"], optimizer.state)
    let update = (["optimizer", "update"], optimizer.update.rawValue)
    let arithmetic = optimizer.compute.precision
    if optimizer.compute.ofHeldType != held {
      found.append(
        PolicyContradiction(
          compute, heldField, "a twin holds all tensors in one type, FP32, FP64 or MPFR"))
    }
    for field in [weights, state] {
      if !holds(field.1) {
        found.append(
          PolicyContradiction(
            field, heldField, "a twin of that arithmetic cannot hold the format"))
      } else if held == .fp32, optimizer.compute != .fp32, !field.1.isContained(in: arithmetic) {
        found.append(
          PolicyContradiction(
            field, compute, "every result of the optimizer is rounded to its narrow arithmetic"))
      }
    }
    if optimizer.update == .stochastic, arithmetic.isContained(in: self.weights) {
      found.append(
        PolicyContradiction(
          update, weights,
          "the weights hold the optimizer's results as they are: there is nothing to round"))
    }
    if optimizer.stateRounding != .nearestEven, arithmetic.isContained(in: optimizer.state) {
      found.append(
        PolicyContradiction(
          (["optimizer", "stateRounding"], optimizer.stateRounding), state,
          "the state holds the optimizer's results as they are: there is nothing to round"))
    }
    if optimizer.update == .kahan, self.weights.format == nil {
      found.append(
        PolicyContradiction(
          update, weights, "a reference's weights owe nothing that a compensation could hold"))
    }
    return found
  }

  private var workersContradictions: [PolicyContradiction] {
    guard let workers, !holds(workers.format) else { return [] }
    return [
      PolicyContradiction(
        (["workers", "format"], workers.format), heldField,
        "a twin of that arithmetic cannot hold the format")
    ]
  }
}

extension OperationClass {
  /// The classes whose operations are matrix products.
  package static let summing: Set<OperationClass> = [.product, .convolution, .attention]
  fileprivate static let summingNames = "product, convolution and attention"
}

extension Accumulation {
  /// FP16 or BF16, where partial sums are rounded to it.
  fileprivate var narrowFormat: Precision? {
    switch format {
    case .fp16: .fp16
    case .bf16: .bf16
    case .fp32, .fp64: nil
    }
  }
}

extension ElementArithmetic: CustomStringConvertible {
  /// The short name of its precision.
  package var description: String { precision.id }
}
