// SPDX-License-Identifier: Apache-2.0
import Policies

extension PolicyWriter {
  /// What a policy says of a step between its backward pass and its weights.
  static func writeStep(_ policy: Policy, to writer: inout JSON5Writer) {
    writer.member("clipping") { $0.line(clipping(policy.clipping)) }
    writer.member("microBatches") { $0.line(microBatches(policy.microBatches)) }
    writer.member("averages") { $0.line(averages(policy.averages)) }
  }

  private typealias Members = [(String, JSON5Writer.WrittenValue)]

  private static func format(_ name: String, _ precision: Precision?) -> Members {
    [(name, precision.map { .string($0.id) } ?? .null)]
  }

  private static func clipping(_ rule: GradientClipping?) -> Members {
    guard let rule else { return [("", .null)] }
    return [("gradients", .string(rule.gradients.rawValue))] + format("norm", rule.norm)
  }

  private static func microBatches(_ rule: MicroBatches?) -> Members {
    guard let rule else { return [("", .null)] }
    return [("count", .literal("\(rule.count)"))] + format("format", rule.format)
  }

  private static func averages(_ rule: WeightAverages?) -> Members {
    guard let rule else { return [("", .null)] }
    return [("decay", .literal("\(rule.decay)"))] + format("format", rule.format)
  }
}
