// SPDX-License-Identifier: Apache-2.0
import Measurements

/// A twin run: one model, one initial state and one sequence of batches, advanced in lock step under
/// FP64 and under each of several policies.
public struct TwinExperiment: Sendable {
  /// The model and what it learns from.
  public var task: TrainingTask
  /// The compared policies.
  public var policies: [Policy]
  /// What they are compared with: FP64 or MPFR.
  public var reference: Policy
  /// The optimizer of every twin.
  public var optimizer: Optimizer
  /// The number of steps.
  public var steps: Int
  /// The seed of weights and batches.
  public var seed: UInt64
  /// Tensors are measured at step 1 and at every multiple of this; zero for never.
  public var measureEvery: Int
  /// Local comparisons are made at step 1 and at every multiple of this; zero for none.
  public var localEvery: Int
  /// The number of threads; without influence on the result.
  public var threads: Int

  /// The experiment.
  public init(
    task: TrainingTask, policies: [Policy], reference: Policy = .fp64, optimizer: Optimizer,
    steps: Int, seed: UInt64 = 1, measureEvery: Int = 1, localEvery: Int = 10, threads: Int = 1
  ) {
    self.task = task
    self.policies = policies
    self.reference = reference
    self.optimizer = optimizer
    self.steps = steps
    self.seed = seed
    self.measureEvery = measureEvery
    self.localEvery = localEvery
    self.threads = threads
  }

  /// The result of all steps. `onStep` is called after each with its number and the losses of the
  /// reference and of the policies in FP64; what it throws ends the run.
  public func run<Failure: Error>(
    onStep: (_ step: Int, _ losses: [Double]) throws(Failure) -> Void
  ) throws(Failure) -> TrainingRun {
    let initial = task.model.initialWeights(seed: seed)
    let batches = task.batches(seed)
    let workers = workerCount
    func twin(_ policy: Policy) -> Twin {
      Twin(
        policy.split(among: workers), task.model, optimizer, weights: initial, steps: steps,
        seed: seed)
    }
    let reference = twin(self.reference)
    let twins = policies.map(twin)
    // Where twins fill the threads, an operation inside a twin has one.
    let innerThreads = max(1, threads / max(1, twins.count))
    let referenceRecorder = PolicyRecorder(self.reference, threads: threads)
    let recorders = policies.map { PolicyRecorder($0, threads: innerThreads) }
    for step in 0..<steps {
      let number = step + 1
      let examples = batches.batch(step: number)
      let isLocal = isDue(number, every: localEvery)
      let isMeasuring = isLocal || isDue(number, every: measureEvery)
      let start = reference.weights
      let (expected, tensors) = Self.advance(
        reference, number, examples, isMeasuring: isMeasuring, threads: threads, referenceRecorder)
      let expectedWeights = reference.weights
      let losses = concurrentMap(count: twins.count, threads: threads) { i in
        let lockstep = Lockstep(
          twin: twins[i], recorder: recorders[i], reference: tensors, number: number,
          threads: innerThreads)
        let local = isLocal ? lockstep.probe(examples, from: start) : nil
        let (own, gradients) = lockstep.advance(examples, isMeasuring: isMeasuring)
        let drift = Self.drift(twins[i].weights, from: expectedWeights, since: initial)
        recorders[i].add(number, own, gradients: gradients, localGradients: local, drift: drift)
        return own.exactLoss
      }
      try onStep(number, [expected.exactLoss] + losses)
    }
    return TrainingRun(
      configuration: configuration, reference: referenceRecorder.run,
      policies: recorders.map(\.run))
  }

  private func isDue(_ step: Int, every interval: Int) -> Bool {
    interval > 0 && (step == 1 || step % interval == 0)
  }

  /// The reference's step, and its tensors where they are wanted.
  private static func advance(
    _ reference: Twin, _ number: Int, _ batch: Batch, isMeasuring: Bool, threads: Int,
    _ recorder: PolicyRecorder
  ) -> (TwinStep, ReferenceStep) {
    var tensors = ReferenceStep()
    var unused: Deviation?
    guard isMeasuring else {
      let step = reference.advance(batch, step: number, threads: threads)
      recorder.add(number, step, gradients: nil, localGradients: nil, drift: nil)
      return (step, tensors)
    }
    let step = reference.advance(
      batch, step: number, threads: threads,
      observe: {
        tensors.add($0)
        recorder.add(number, $0, .trajectory, reference: nil, gradients: &unused)
      },
      observeUpdate: {
        tensors.add($0.update)
        tensors.add($0.weights)
        recorder.add(number, $0, reference: nil)
      })
    recorder.add(number, step, gradients: nil, localGradients: nil, drift: nil)
    return (step, tensors)
  }

  private var configuration: TrainingConfiguration {
    TrainingConfiguration(
      model: task.modelName, architecture: task.architecture,
      parameters: task.parameterCount, text: task.text, images: task.images, steps: steps,
      batch: task.batch, context: task.context, optimizer: optimizer.description, seed: seed,
      measureEvery: measureEvery, localEvery: localEvery)
  }

  /// ‖θ - θ_ref‖ / ‖θ_ref - θ_0‖; nil where it is not finite or the reference has not moved.
  private static func drift(
    _ weights: [Tensor], from reference: [Tensor], since start: [[Double]]
  ) -> Double? {
    var error = Deviation()
    var way = Deviation()
    for (own, (expected, start)) in zip(weights, zip(reference, start)) {
      own.forEachDoubles { range, w in
        expected.withDoubles(range) { r in
          expected.withResiduals(range) { error.add(reference: r, residual: $0, result: w) }
          start[range].withUnsafeBufferPointer { way.add(reference: $0, result: r) }
        }
      }
    }
    guard error.nonFinite == 0, way.nonFinite == 0 else { return nil }
    let drift = (error.differenceSquares / way.differenceSquares).squareRoot()
    return drift.isFinite ? drift : nil
  }
}

/// One twin's part of one step, with its measurements.
private struct Lockstep {
  let twin: Twin
  let recorder: PolicyRecorder
  let reference: ReferenceStep
  let number: Int
  let threads: Int

  /// The deviation of the gradients of the step from the reference's weights.
  func probe(_ batch: Batch, from weights: [Tensor]) -> Deviation? {
    var gradients: Deviation?
    _ = twin.probe(batch, step: number, from: weights, threads: threads) {
      recorder.add(number, $0, .local, reference: reference, gradients: &gradients)
    }
    return gradients
  }

  /// The twin's own step, and the deviation of its gradients where they are measured.
  func advance(_ batch: Batch, isMeasuring: Bool) -> (TwinStep, Deviation?) {
    guard isMeasuring else {
      return (twin.advance(batch, step: number, threads: threads), nil)
    }
    var gradients: Deviation?
    let step = twin.advance(
      batch, step: number, threads: threads,
      observe: {
        recorder.add(number, $0, .trajectory, reference: reference, gradients: &gradients)
      },
      observeUpdate: { recorder.add(number, $0, reference: reference) })
    return (step, gradients)
  }
}
