// SPDX-License-Identifier: Apache-2.0
import Datasets
import Measurements
import Network

/// What a training step does and holds, by shapes and formats.
package struct StepWork: Sendable {
  /// The operations of both passes and of the optimizer.
  package var operations: [OperationWork]
  /// The bytes that the step needs.
  package var memory: MemoryCount
}

extension Twin {
  /// The layer under which the optimizer's work is told.
  package static let optimizerLayer = "optimizer"

  /// What a step on a batch does and holds, from another twin's state: of shapes and formats alone,
  /// whatever the values.
  ///
  /// - Parameter optimizer: the bytes of the optimizer's state where they are known from a twin
  ///   with the same rule, which spares a step.
  /// - Precondition: one worker, the batch in one part.
  package func work(
    _ batch: Minibatch, step: Int, from other: TwinState, threads: Int, optimizer: Int? = nil
  ) -> StepWork {
    precondition(
      policy.workers == nil && policy.microBatches == nil, "the work of one backward pass")
    let context = context(step: step, threads: threads, isMeasuring: false)
    let state = TwinState(other, as: policy, context)
    let pass = TwinForward(self, batch, Tape(policy, context), state.weights)
    let kept = pass.tape.keptBytes
    let precision = pass.tape.value(pass.loss).precision
    let seed = policy.tensor([], as: precision, context) { _ in 1 }
    let (plan, gradients) = pass.tape.plan(of: pass.leaves, from: pass.loss, seed: seed)
    var memory = MemoryCount()
    memory.parameters = model.parameterCount
    memory.weights = state.weights.reduce(0) { $0 + $1.bytesInFormat }
    memory.copies = kept.copies
    memory.activations = kept.activations
    memory.gradients = zip(gradients, state.weights).reduce(0) { sum, pair in
      sum + (pair.0?.bytesInFormat ?? pair.1.bytesInFormat)
    }
    memory.optimizer =
      optimizer
      ?? probe(
        batch, step: step, from: other, threads: threads,
        observer: StepObserver(tensor: { _ in }, update: { _ in })
      ).step.memory?.optimizer ?? 0
    memory.averages = bytesOfAverages(state.weights)
    var operations = pass.tape.work(plan)
    let arithmetic = policy.optimizer.compute.precision
    let values = memory.optimizer / max(1, policy.optimizer.state.bytes)
    operations.append(
      OperationWork(
        layer: Self.optimizerLayer, operation: .elementwise, isBackward: true,
        multiplyAdds: 2 * memory.parameters + values
          + (memory.averages == nil ? 0 : memory.parameters), operands: [arithmetic],
        sums: arithmetic,
        bytes: 2 * memory.weights + memory.gradients + 2 * memory.optimizer
          + 2 * (memory.averages ?? 0)))
    return StepWork(operations: operations, memory: memory)
  }
}
