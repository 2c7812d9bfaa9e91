// SPDX-License-Identifier: Apache-2.0
import MPFROracle
import Measurements

extension Twin {
  /// Forward and backward of simulated workers, each on its part of the batch from the same weights,
  /// and the all-reduce of their gradients.
  ///
  /// Of values and their gradients only the first worker's are observed; of weight gradients those that
  /// leave the all-reduce.
  func propagate(
    _ batch: Batch, from weights: [Tensor], _ workers: DataParallelism, _ context: StepContext,
    _ observe: ((ObservedTensor) -> Void)?
  ) -> (step: TwinStep, gradients: [Tensor]) {
    var steps: [TwinStep] = []
    var gradients: [[Tensor]] = []
    for worker in 0..<workers.count {
      let shown: ((ObservedTensor) -> Void)? = observe.flatMap { observe in
        worker > 0 ? nil : { if $0.tag.kind != .weightGradient { observe($0) } }
      }
      let part = propagate(
        batch.part(worker, of: workers.count), from: weights, context, shown)
      steps.append(part.step)
      gradients.append(part.gradients)
    }
    let inverse = scaler.map { Double($0.inverse) } ?? 1
    let means = weights.indices.map { parameter in
      policy.mean(of: gradients.map { $0[parameter] }, workers, context)
    }
    for (parameter, mean) in zip(model.parameters, means).reversed() {
      observe?(
        ObservedTensor(
          Tape.Event(
            layer: parameter.layer, operation: parameter.name, kind: .weightGradient, tensor: mean),
          inverseScale: inverse))
    }
    // The losses are numbers of the report: their means are FP64's.
    var step = steps[0]
    step.loss = steps.reduce(0) { $0 + $1.loss } / Double(steps.count)
    step.exactLoss = steps.reduce(0) { $0 + $1.exactLoss } / Double(steps.count)
    return (step, means)
  }
}

extension Policy {
  /// The mean of the workers' gradients of a parameter, in the gradients' format.
  fileprivate func mean(
    of gradients: [Tensor], _ workers: DataParallelism, _ context: StepContext
  ) -> Tensor {
    func mean<N: Number>(_: N.Type) -> Tensor {
      Kernel<N>(rule: OperationRule(), context: context)
        .allReduced(gradients, workers, arithmetic: held.precision)
    }
    return switch held {
    case .fp64: mean(Double.self)
    case .mpfr: mean(Real.self)
    case .fp16, .bf16, .fp32: mean(Float.self)
    }
  }

  /// The policy with its batch split among a number of workers; one that names none sums their
  /// gradients in its own arithmetic, in the order of the workers.
  func split(among count: Int?) -> Policy {
    guard let count else { return self }
    precondition(workers.map { $0.count == count } ?? true, "twins that split batches differently")
    var policy = self
    policy.workers =
      workers ?? DataParallelism(count: count, allReduce: .oneShot, format: held.precision)
    return policy
  }
}

extension TwinExperiment {
  /// The number of workers that all twins simulate; nil where no policy names any.
  var workerCount: Int? { policies.lazy.compactMap { $0.workers?.count }.first }
}
