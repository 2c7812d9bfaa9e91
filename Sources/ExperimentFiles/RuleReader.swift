// SPDX-License-Identifier: Apache-2.0
import Formats
import JSON5
import Policies

/// The reader of an operation's rule.
enum RuleReader {
  static let keys = [
    "operands", "addends", "gradients", "scalesOperands", "accumulation", "attentionTile",
    "compute",
    "reduction", "output", "gradientOutput", "rounding", "subnormals",
  ]

  /// The fields of a policy that every operation's rule has too.
  static let sharedKeys = [
    "accumulation", "attentionTile", "compute", "reduction", "rounding", "subnormals",
  ]

  /// A rule with the fields that an object changes.
  static func changed(
    _ base: OperationRule, _ fields: JSON5Fields, _ problems: JSON5Problems
  ) -> OperationRule {
    var rule = base
    fields.set("operands", &rule.operands, orNull: .precision)
    fields.set("addends", &rule.addends, orNull: .precision)
    fields.set("gradients", &rule.gradients, orNull: .precision)
    fields.set("scalesOperands", &rule.scalesOperands, .flag)
    fields.set("output", &rule.output, orNull: .precision)
    fields.set("gradientOutput", &rule.gradientOutput, orNull: .precision)
    changeShared(&rule, fields, problems)
    return rule
  }

  /// Changes what a policy may say for all operations.
  static func changeShared(
    _ rule: inout OperationRule, _ fields: JSON5Fields, _ problems: JSON5Problems
  ) {
    if let value = fields.value("accumulation") {
      rule.accumulation = AccumulationReader.changed(rule.accumulation, value, problems)
    }
    fields.set("attentionTile", &rule.attentionTile, orNull: .whole(OperationRule.attentionTiles))
    fields.set("compute", &rule.compute, .arithmetic)
    if let value = fields.value("reduction") {
      rule.reduction = reduction(value, base: rule.reduction, problems)
    }
    fields.set("rounding", &rule.rounding, .rounding)
    fields.set("subnormals", &rule.subnormals, .name)
  }

  private static func reduction(
    _ value: JSON5Value, base: ReductionRule?, _ problems: JSON5Problems
  ) -> ReductionRule? {
    if case .null = value.content { return nil }
    guard
      let fields = JSON5Fields(
        value, of: "a reduction, or null", known: ["format", "order"], problems)
    else { return base }
    var rule = base ?? ReductionRule(.fp32)
    if base == nil, fields.value("format") == nil { fields.demandKey("format", "a format") }
    fields.set("format", &rule.format, .name)
    fields.set("order", &rule.order, .name)
    return rule
  }
}
