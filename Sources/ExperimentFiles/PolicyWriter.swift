// SPDX-License-Identifier: Apache-2.0
import Formats
import Policies
import SoftFloat

/// Policies as readable blocks of a file, every field with its value.
package enum PolicyWriter {
  /// The block of a policy; a line ends every line.
  package static func text(_ policy: Policy) -> String {
    var writer = JSON5Writer()
    write(policy, to: &writer)
    return writer.text
  }

  /// The list of several policies' blocks.
  package static func text(_ policies: [Policy]) -> String {
    var writer = JSON5Writer()
    writer.array { writer in
      for policy in policies { writer.element { write(policy, to: &$0) } }
    }
    return writer.text
  }

  static func write(_ policy: Policy, to writer: inout JSON5Writer) {
    writer.object { writer in
      writer.member("name", policy.name)
      writer.member("rule", comment: "operations that neither a class nor a layer names") {
        $0.object { write(policy.rule, to: &$0) }
      }
      writer.member("classes", comment: policy.classes.isEmpty ? nil : "classes of operations") {
        $0.object { writer in
          for operation in OperationClass.allCases {
            guard let rule = policy.classes[operation] else { continue }
            writer.member(operation.rawValue) { $0.object { write(rule, to: &$0) } }
          }
        }
      }
      writer.member("layers", comment: policy.layers.isEmpty ? nil : "the last that matches holds")
      {
        $0.array { writer in
          for layer in policy.layers {
            writer.element { writer in
              writer.object { writer in
                writer.member("pattern", layer.pattern)
                writer.member("operation", layer.operation?.rawValue)
                write(layer.rule, to: &writer)
              }
            }
          }
        }
      }
      writer.member("weights", policy.weights.id)
      writer.member("optimizer") { $0.line(optimizer(policy.optimizer)) }
      writer.member("lossScaling") { writer in
        guard let scaling = policy.lossScaling else { return writer.line([("", .null)]) }
        writer.object { write(scaling, to: &$0) }
      }
      writer.member("workers") { $0.line(workers(policy.workers)) }
      writeStep(policy, to: &writer)
    }
  }

  private static func reduction(
    _ rule: ReductionRule?
  ) -> [(String, JSON5Writer.WrittenValue)] {
    guard let rule else { return [("", .null)] }
    return [("format", .string(rule.format.rawValue)), ("order", .string(rule.order.rawValue))]
  }

  private static func write(_ rule: OperationRule, to writer: inout JSON5Writer) {
    writer.member("operands", rule.operands?.id)
    writer.member("addends", rule.addends?.id)
    writer.member("gradients", rule.gradients?.id)
    writer.member("scalesOperands", flag: rule.scalesOperands)
    writer.member("accumulation") { $0.line(accumulation(rule.accumulation)) }
    writer.member("attentionTile", literal: rule.attentionTile.map { "\($0)" })
    writer.member("compute", rule.compute.description)
    writer.member("reduction") { $0.line(reduction(rule.reduction)) }
    writer.member("output", rule.output?.id)
    writer.member("gradientOutput", rule.gradientOutput?.id)
    writer.member("rounding", rule.rounding.description)
    writer.member("subnormals", rule.subnormals.rawValue)
  }

  private static func accumulation(_ rule: Accumulation) -> [(String, JSON5Writer.WrittenValue)] {
    let format: (String, JSON5Writer.WrittenValue) = ("format", .string(rule.format.rawValue))
    let start = [format, ("step", .string(rule.step.rawValue))]
    switch rule.order {
    case .sequential: return start + [("order", .string("sequential"))]
    case .pairwise(let leaf):
      return start + [("order", .string("pairwise")), ("size", .literal("\(leaf)"))]
    case .chunked(let terms, let sums):
      return start + [
        ("order", .string("chunked")), ("size", .literal("\(terms)")),
        ("sums", .string(sums.rawValue)),
      ]
    case .splitK(let parts, let sums):
      return start + [
        ("order", .string("splitK")), ("size", .literal("\(parts)")),
        ("sums", .string(sums.rawValue)),
      ]
    case .matrixUnit(let unit, let shape):
      let named = [
        format, ("order", .string("matrixUnit")), ("unit", .string(unit.rawValue)),
      ]
      guard let shape else { return named }
      return named + [("shape", .string(shape.rawValue))]
    }
  }

  private static func optimizer(_ rule: OptimizerRule) -> [(String, JSON5Writer.WrittenValue)] {
    [
      ("compute", .string(rule.compute.description)), ("state", .string(rule.state.id)),
      ("stateRounding", .string(rule.stateRounding.description)),
      ("update", .string(rule.update.rawValue)),
      ("hyperparameters", .string(rule.hyperparameters.description)),
    ]
  }

  private static func workers(_ rule: DataParallelism?) -> [(String, JSON5Writer.WrittenValue)] {
    guard let rule else { return [("", .null)] }
    return [
      ("count", .literal("\(rule.count)")), ("allReduce", .string(rule.allReduce.rawValue)),
      ("format", .string(rule.format.id)),
    ]
  }

  private static func write(_ rule: LossScaling, to writer: inout JSON5Writer) {
    writer.member("base", LossScaling(named: rule.name) == nil ? "torch" : rule.name)
    writer.member("name", rule.name)
    writer.member("initial", literal: "\(rule.initial)")
    writer.member("growth", literal: "\(rule.growth)")
    writer.member("backoff", literal: "\(rule.backoff)")
    writer.member("interval", literal: rule.interval.map { "\($0)" })
    writer.member("minimum", literal: rule.minimum.map { "\($0)" })
    writer.member("maximum", literal: rule.maximum.map { "\($0)" })
    writer.member("hysteresis", literal: "\(rule.hysteresis)")
    writer.member("refill", rule.refill.rawValue)
    writer.member("growsOnlyIfFinite", flag: rule.growsOnlyIfFinite)
    writer.member("atMinimum", rule.atMinimum.rawValue)
    writer.member("detection", rule.detection.rawValue)
    writer.member("toleratedShare", literal: "\(rule.toleratedShare)")
    writer.member("unscaling", rule.unscaling.rawValue)
    writer.member("arithmetic", rule.arithmetic.rawValue)
    writer.member("layers", flag: rule.layers != nil)
  }
}
