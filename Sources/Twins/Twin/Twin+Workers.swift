// SPDX-License-Identifier: Apache-2.0
import Datasets
import Measurements
import Network
import Policies

extension Twin {
  /// Forward and backward of simulated workers, each on its part of the batch from the same
  /// weights, and the all-reduce of their gradients.
  ///
  /// Of values and their gradients only the first worker's are observed; of weight gradients those
  /// that leave the all-reduce.
  func propagate(
    _ batch: Minibatch, from state: TwinState, _ scaler: LossScaler?, _ workers: DataParallelism,
    _ context: StepContext, _ observer: StepObserver?
  ) -> Differentiated {
    var passes: [Differentiated] = []
    for worker in 0..<workers.count {
      var shown = worker > 0 ? nil : observer
      if let observe = observer?.tensor {
        shown?.tensor = { if $0.tag.kind != .weightGradient { observe($0) } }
      }
      passes.append(
        accumulate(batch.part(worker, of: workers.count), from: state, scaler, context, shown))
    }
    let inverse = scaler.map { Double($0.inverse) } ?? 1
    let means = state.weights.indices.map { parameter in
      policy.mean(of: passes.map { $0.gradients[parameter] }, workers, context)
    }
    for index in means.indices.reversed() {
      let parameter = parameters[index]
      // What the all-reduce adds is told from what the workers' gradients bring along.
      let exact = observer?.replayed.map { reference in
        Policy.mean(of: passes.map { $0.gradients[index] }, as: reference, context)
      }
      observer?.tensor(
        ObservedTensor(
          Tape.Event(
            layer: parameter.layer, operation: parameter.name, kind: .weightGradient,
            tensor: means[index], exact: exact),
          inverseScale: inverse))
    }
    // Running averages are the first worker's, as where its buffers are broadcast. The losses are
    // numbers of the report: their means are FP64's.
    var result = passes[0]
    let count = Double(passes.count)
    result.gradients = means
    result.step.loss = passes.reduce(0) { $0 + $1.step.loss } / count
    result.step.exactLoss = passes.reduce(0) { $0 + $1.step.exactLoss } / count
    return result
  }
}
