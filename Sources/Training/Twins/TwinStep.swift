// SPDX-License-Identifier: Apache-2.0
import Measurements

/// A tensor of a step, widened to FP64 for measurement.
struct RecordedTensor: Sendable {
  /// Which tensor.
  var tag: TensorTag
  /// The format of its last rounding.
  var rounded: Precision
  /// The range counts of that rounding.
  var range: RangeCounts
  /// The values as stored, any loss scale included.
  var values: [Double]
  /// What undoes the loss scale; 1 where none applies.
  var scale: Double
  /// Whether it is another tensor under a second name and therefore not measured: the result of a
  /// cast to the same precision, or a gradient that the operation passes on unchanged.
  var isIdentity = false
}

/// One parameter's optimizer step, widened to FP64 for measurement.
struct RecordedUpdate: Sendable {
  /// d.
  var update: RecordedTensor
  /// The weights after the step.
  var weights: RecordedTensor
  /// The weights that the update was added to.
  var base: [Double]
  /// The gradient that the optimizer received.
  var gradient: [Double]
}

/// What one twin did in one step.
struct TwinStep: Sendable {
  /// The mean loss as the twin computed it.
  var loss: Double
  /// The mean loss of the twin's logits in FP64.
  var exactLoss: Double
  /// The loss scale; nil without a scaler.
  var lossScale: Double?
  /// Whether the optimizer did not step.
  var skipped = false
  /// The tensors of the forward and backward pass; empty at unmeasured steps.
  var tensors: [RecordedTensor] = []
  /// The optimizer's steps in the order of the parameters; empty at unmeasured and skipped steps.
  var updates: [RecordedUpdate] = []
}
