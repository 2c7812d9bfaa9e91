// SPDX-License-Identifier: Apache-2.0
import Measurements

/// The scalars that end a step.
package struct RecordedScalars: Sendable {
  /// The step, from 1.
  package var step: Int
  /// Whether tensors were measured.
  package var isMeasured: Bool
  /// Whether the loss scaler kept the optimizer from its step.
  package var isSkipped: Bool
  /// The loss without any loss scale; nil where it is not known.
  package var loss: Double?
  /// The twin's; nil where it is not known.
  package var twinLoss: Double?
  /// The loss scale; nil without one.
  package var lossScale: Double?
  /// The learning rate; nil where it is not known.
  package var learningRate: Double?
  /// The norm that clipping met and what it multiplied gradients by; nil without clipping.
  package var clip: (norm: Double, factor: Double)?

  /// A step of which nothing is known.
  package init(step: Int, isMeasured: Bool, isSkipped: Bool) {
    self.step = step
    self.isMeasured = isMeasured
    self.isSkipped = isSkipped
  }
}

/// What a step has counted so far.
struct OpenStep {
  /// What was counted of each tensor, in the order in which the step produced them.
  private(set) var order: [Int] = []
  private(set) var tensors: [Int: TensorCounts] = [:]
  /// What was counted of parameters' steps, likewise.
  private(set) var updateOrder: [Int] = []
  private(set) var updates: [Int: UpdateCounts] = [:]
  private(set) var decays: [Int: MomentDecay] = [:]
  private(set) var weightDecays: [Int: WeightDecay] = [:]
  /// The first tensor with a value that is not finite where the exact one is.
  private(set) var broken: Int?
  /// The decisions that were compared, in the order of the first of each place.
  private(set) var decisions: [(place: Place, count: Int, different: Int)] = []
  /// The drift of all weights that were compared.
  private(set) var drift = DriftCounts()

  /// Where something happened.
  struct Place: Hashable {
    let layer: String
    let operation: String
    let source: String?
  }

  mutating func add(_ tensor: Int, _ counts: TensorCounts) {
    if broken == nil, counts.isBroken { broken = tensor }
    if tensors[tensor] == nil { order.append(tensor) }
    tensors[tensor].merge(counts) { $0.merge($1) }
  }

  mutating func add(_ weight: Int, _ counts: UpdateCounts) {
    if updates[weight] == nil { updateOrder.append(weight) }
    updates[weight] = counts
    drift.merge(counts.drift)
  }

  mutating func add(_ moment: Int, _ decay: MomentDecay) {
    decays[moment].merge(decay) { $0.merge($1) }
  }

  mutating func add(_ weight: Int, _ decay: WeightDecay) {
    weightDecays[weight].merge(decay) { $0.merge($1) }
  }

  mutating func add(_ place: Place, count: Int, different: Int) {
    if let index = decisions.firstIndex(where: { $0.place == place }) {
      decisions[index].count.addSaturating(count)
      decisions[index].different.addSaturating(different)
    } else {
      decisions.append((place, count, different))
    }
  }
}

extension Int {
  /// Adds a number that is not negative, up to the greatest there is: callers say any count.
  mutating func addSaturating(_ other: Int) {
    let (sum, overflows) = addingReportingOverflow(other)
    self = overflows ? .max : sum
  }
}
