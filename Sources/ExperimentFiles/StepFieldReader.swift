// SPDX-License-Identifier: Apache-2.0
import JSON5
import Policies

/// The reader of what a policy says of a step between its backward pass and its weights: clipping,
/// micro-batches, averages.
struct StepFieldReader {
  let problems: JSON5Problems

  static let keys = ["clipping", "microBatches", "averages"]

  /// Changes the fields that an object has; null takes one away.
  func change(_ policy: inout Policy, _ fields: JSON5Fields) {
    if let value = fields.value("clipping") {
      policy.clipping = value.isNull ? nil : clipping(value)
    }
    if let value = fields.value("microBatches") {
      policy.microBatches = value.isNull ? nil : microBatches(value)
    }
    if let value = fields.value("averages") {
      policy.averages = value.isNull ? nil : averages(value)
    }
  }

  private func clipping(_ value: JSON5Value) -> GradientClipping? {
    guard
      let fields = JSON5Fields(value, of: "the clipping", known: ["gradients", "norm"], problems)
    else { return nil }
    var clipping = GradientClipping()
    fields.set("gradients", &clipping.gradients, .name)
    fields.set("norm", &clipping.norm, orNull: .precision)
    return clipping
  }

  private func microBatches(_ value: JSON5Value) -> MicroBatches? {
    guard
      let fields = JSON5Fields(
        value, of: "the micro-batches", known: ["count", "format"], problems)
    else { return nil }
    var parts = MicroBatches(count: 1)
    if let count = fields.demand("count", .whole(MicroBatches.counts)) { parts.count = count }
    fields.set("format", &parts.format, orNull: .precision)
    return parts
  }

  private func averages(_ value: JSON5Value) -> WeightAverages? {
    guard
      let fields = JSON5Fields(value, of: "the averages", known: ["decay", "format"], problems)
    else { return nil }
    var averages = WeightAverages(decay: 0.999)
    let decay: JSON5Reading<Double> = .number("a number above 0 and below 1") { $0 > 0 && $0 < 1 }
    if let number = fields.demand("decay", decay) { averages.decay = number }
    fields.set("format", &averages.format, orNull: .precision)
    return averages
  }
}
