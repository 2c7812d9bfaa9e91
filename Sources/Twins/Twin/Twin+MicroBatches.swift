// SPDX-License-Identifier: Apache-2.0
import Datasets
import Measurements
import Network
import Policies

extension Twin {
  /// Forward and backward of one worker: of its micro-batches one after another, each from the same
  /// weights and of its share of the loss, and the sum of their gradients; of the whole batch where
  /// the policy has none.
  ///
  /// Of values and their gradients only the first micro-batch's are observed; of weight gradients
  /// the sums.
  func accumulate(
    _ batch: Minibatch, from state: TwinState, _ scaler: LossScaler?, _ context: StepContext,
    _ observer: StepObserver?
  ) -> Differentiated {
    guard let parts = policy.microBatches else {
      return propagate(batch, partOf: 1, from: state, scaler, context, observer)
    }
    var sums = AccumulatedGradients(
      policy, in: parts.format ?? policy.weights, beside: observer?.replayed)
    var result: Differentiated?
    for part in 0..<parts.count {
      var shown = part > 0 ? nil : observer
      if let observe = observer?.tensor {
        shown?.tensor = { if $0.tag.kind != .weightGradient { observe($0) } }
      }
      let pass = propagate(
        batch.part(part, of: parts.count), partOf: parts.count, from: state, scaler, context, shown)
      sums.add(pass.gradients, context)
      guard result != nil else {
        result = pass
        continue
      }
      result?.statistics += pass.statistics
      result?.step.loss += pass.step.loss
      result?.step.exactLoss += pass.step.exactLoss
    }
    guard var result else { preconditionFailure("a batch of no parts") }
    let inverse = scaler.map { Double($0.inverse) } ?? 1
    for index in state.weights.indices.reversed() {
      let sum = sums.sum(of: index, as: result.gradients[index].precision, context)
      result.gradients[index] = sum
      let parameter = parameters[index]
      // What the additions add is told from what the parts' gradients bring along.
      observer?.tensor(
        ObservedTensor(
          Tape.Event(
            layer: parameter.layer, operation: parameter.name, kind: .weightGradient, tensor: sum,
            exact: sums.exactSum(of: index, context)),
          inverseScale: inverse))
    }
    // The losses are numbers of the report: their means are FP64's.
    result.step.loss /= Double(parts.count)
    result.step.exactLoss /= Double(parts.count)
    return result
  }
}
