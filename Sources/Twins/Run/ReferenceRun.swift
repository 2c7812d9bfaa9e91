// SPDX-License-Identifier: Apache-2.0
import Datasets
import Measurements
import Network
import Policies

/// The reference of an experiment in training, for whoever looks at chosen steps of it from several
/// sides; of one thread.
package final class ReferenceRun {
  /// A step that the reference is about to take.
  package struct Moment: Sendable {
    /// The step's number, from 1.
    package let step: Int
    /// What it starts from.
    package let state: TwinState
    /// The batch.
    package let batch: Minibatch
    /// The loss; nil where it is not finite.
    package let loss: Double?
    /// The gradients and values of the step, and which gradients are zero but for rounding.
    package let tensors: ReferenceStep
  }

  /// A step that an experiment's reference took.
  package struct Start: Sendable {
    /// The step's number, from 1.
    package let step: Int
    /// What it started from.
    let state: TwinState
  }

  private let experiment: TwinExperiment
  private let twin: Twin
  private let batches: any BatchSource
  private let pool = TensorPool()
  private let initial: [[Double]]
  /// The steps that were taken.
  package private(set) var steps = 0
  /// Whether the weights are finite.
  package private(set) var isFinite = true

  /// The reference before its first step, or before one that it took.
  package init(_ experiment: TwinExperiment, from start: Start? = nil) {
    self.experiment = experiment
    initial = experiment.task.model.initialWeights(seed: experiment.seed)
    batches = experiment.task.batches(experiment.seed)
    twin = Twin(
      experiment.reference.dividing(experiment.division), experiment.task.model,
      experiment.optimizer, weights: initial, steps: experiment.steps, seed: experiment.seed,
      pool: pool)
    if let start {
      twin.restore(start.state, nil)
      steps = start.step - 1
    }
  }

  /// A twin under a policy, which shares the memory of the run's tensors.
  package func twin(_ policy: Policy) -> Twin {
    Twin(
      policy.dividing(experiment.division), experiment.task.model, experiment.optimizer,
      weights: initial, steps: experiment.steps, seed: experiment.seed, pool: pool)
  }

  /// Takes the next step.
  package func advance() {
    steps += 1
    let batch = batches.batch(step: steps, threads: experiment.threads)
    let step = twin.advance(batch, step: steps, threads: experiment.threads)
    isFinite = step.loss.isFinite && !twin.weights.contains(where: \.hasNonFinite)
  }

  /// The next step, which is not taken, with what the reference makes of it.
  package func moment() -> Moment {
    let number = steps + 1
    let threads = experiment.threads
    let batch = batches.batch(step: number, threads: threads)
    var tensors = ReferenceStep()
    tensors.add(weights: twin.weights, of: twin.parameters)
    let step = twin.probe(
      batch, step: number, from: twin.state, threads: threads,
      observer: StepObserver(
        tensor: { tensors.add($0) },
        update: {
          tensors.add($0.update)
          tensors.add($0.weights)
          for moment in $0.moments { tensors.add(moment.tensor) }
        })
    ).step
    let own = twin.parameters.compactMap {
      tensors.tensor(TensorTag(layer: $0.layer, operation: $0.name, kind: .weightGradient))
    }
    // Parts of a batch have gradients of their own, and what the loss does not depend on has none.
    let isWhole = twin.policy.workers == nil && twin.policy.microBatches == nil
    tensors.zeroGradients = twin.classifyGradients(
      batch, step: number, own: isWhole && own.count == twin.parameters.count ? own : nil,
      threads: threads
    ).compactMap { tag, elements in
      let zeros = ZeroGradient(tag: tag, flags: elements.map { $0 == .rounding })
      return zeros.ranges.isEmpty ? nil : zeros
    }.sorted { $0.tag.description < $1.tag.description }
    return Moment(
      step: number, state: twin.state, batch: batch, loss: step.loss.isFinite ? step.loss : nil,
      tensors: tensors)
  }
}
