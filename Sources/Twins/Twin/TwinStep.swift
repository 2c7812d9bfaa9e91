// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Network
import Policies

/// A finished tensor of a step, shown to an observer before the twin goes on.
package struct ObservedTensor {
  /// Which tensor.
  package let tag: TensorTag
  /// The tensor, any loss scale included.
  package let tensor: Tensor
  /// What the reference's arithmetic makes of the same operands; nil without a replay.
  package let exact: Tensor?
  /// Of a cast, which the reference does not have, the tensor that it rounds.
  package let source: TensorTag?
  /// k, where the tensor is 2^k times what it stands for.
  package let exponent: Int
  /// What undoes the loss scale and a tensor's own; 1 where none applies.
  package let inverseScale: Double

  /// A tensor that an operation or an optimizer made; only gradients carry the loss scale.
  init(_ event: Tape.Event, inverseScale: Double) {
    tag = TensorTag(layer: event.layer, operation: event.operation, kind: event.kind)
    tensor = event.tensor
    exact = event.exact
    source = event.source
    exponent = event.exponent
    let own = Double(sign: .plus, exponent: -event.exponent, significand: 1)
    self.inverseScale = event.kind.direction == .backward ? inverseScale * own : own
  }

  fileprivate init(_ tag: TensorTag, _ tensor: Tensor) {
    self.tag = tag
    self.tensor = tensor
    exact = nil
    source = nil
    exponent = 0
    inverseScale = 1
  }
}

/// Who is shown the tensors of a step.
package struct StepObserver {
  /// Called with each finished tensor of the passes.
  var tensor: (ObservedTensor) -> Void
  /// Called with each parameter's optimizer step.
  var update: (ObservedUpdate) -> Void
  /// The reference whose arithmetic tells an operation's own error from that of its operands; nil
  /// for none.
  var replayed: Policy?
}

/// One parameter's optimizer step, shown to an observer.
struct ObservedUpdate {
  /// d.
  let update: ObservedTensor
  /// The weights after the step.
  let weights: ObservedTensor
  /// The weights that the update was added to.
  let base: Tensor
  /// The gradient that the optimizer received.
  let gradient: Tensor
  /// How the weights took the update.
  let rule: WeightUpdate
  /// Kahan's c after the step.
  let compensation: Tensor?
  /// The optimizer's moments after the step, with what their decay did.
  let moments: [(tensor: ObservedTensor, decay: MomentDecay?)]
  /// What arrived of the weight decay; nil without one.
  let weightDecay: WeightDecay?

  init(_ parameter: Parameter, _ step: ParameterStep, gradient: Tensor, _ rule: WeightUpdate) {
    func tag(_ kind: TensorKind) -> TensorTag {
      TensorTag(layer: parameter.layer, operation: parameter.name, kind: kind)
    }
    update = ObservedTensor(tag(.update), step.update)
    weights = ObservedTensor(tag(.weight), step.weights)
    base = step.base
    compensation = step.compensation
    moments = step.moments.map { (ObservedTensor(tag($0.kind), $0.moment), $0.decay) }
    weightDecay = step.weightDecay
    self.rule = rule
    self.gradient = gradient
  }
}

/// What one twin did in one step.
package struct TwinStep: Sendable {
  /// The mean loss as the twin computed it.
  package var loss: Double
  /// The mean loss of the twin's prediction in FP64.
  package var exactLoss: Double
  /// The loss scale; nil without a scaler.
  var lossScale: Double?
  /// The format that the loss, and so the scale, is stored in; nil for FP64 and MPFR.
  var lossFormat: Format?
  /// The bytes that the step needed; nil where nothing was measured.
  var memory: MemoryCount?
  /// What clipping did; nil without a limit, and where the optimizer did not step before it.
  var clip: GradientClip?
  /// Which of the policy's moving averages stayed as they were; nil without any, and at the first
  /// step.
  var averages: LostAverages?
  /// The gradients as the backward pass left them, any loss scale included; nil where nobody asked.
  var gradients: [Tensor]?
  /// Whether the optimizer did not step.
  var skipped = false
}
