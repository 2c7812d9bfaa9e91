// SPDX-License-Identifier: Apache-2.0
import Measurements

/// A twin run: one model, one initial state and one sequence of batches, advanced in lock step under
/// FP64 and under each of several policies.
public struct TwinExperiment: Sendable {
  /// The training text.
  public var text: CharacterText
  /// The model.
  public var model: CharacterMLP
  /// The compared policies.
  public var policies: [Policy]
  /// The optimizer of every twin.
  public var optimizer: Optimizer
  /// The number of steps.
  public var steps: Int
  /// The number of examples in a batch.
  public var batch: Int
  /// The seed of weights and batches.
  public var seed: UInt64
  /// Tensors are measured at step 1 and at every multiple of this.
  public var measureEvery: Int
  /// Local comparisons are made at step 1 and at every multiple of this; zero for none.
  public var localEvery: Int
  /// The number of threads; without influence on the result.
  public var threads: Int

  /// The experiment.
  public init(
    text: CharacterText, model: CharacterMLP, policies: [Policy], optimizer: Optimizer,
    steps: Int, batch: Int = 64, seed: UInt64 = 1, measureEvery: Int = 1, localEvery: Int = 10,
    threads: Int = 1
  ) {
    self.text = text
    self.model = model
    self.policies = policies
    self.optimizer = optimizer
    self.steps = steps
    self.batch = batch
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
    let initial = model.initialWeights(seed: seed)
    let batches = Batches(text, size: batch, context: model.context, seed: seed)
    let reference = makeTwin(.fp64, model, optimizer, weights: initial)
    let twins = policies.map { makeTwin($0, model, optimizer, weights: initial) }
    let referenceRecorder = PolicyRecorder(.fp64)
    let recorders = policies.map { PolicyRecorder($0) }
    // Where twins fill the threads, a product inside a twin has one.
    let innerThreads = max(1, threads / max(1, twins.count))
    for step in 0..<steps {
      let number = step + 1
      let examples = batches.batch(step: number)
      let isLocal = isDue(number, every: localEvery)
      let isMeasuring = isLocal || isDue(number, every: measureEvery)
      let start = isLocal ? reference.weights : []
      let expected = reference.advance(examples, isMeasuring: isMeasuring, threads: threads)
      let expectedTensors = ReferenceStep(expected)
      let expectedWeights = reference.weights
      referenceRecorder.add(number, expected, reference: nil, local: nil, drift: nil)
      let losses = concurrentMap(count: twins.count, threads: threads) { i in
        let twin = twins[i]
        let local = isLocal ? twin.probe(examples, from: start, threads: innerThreads) : nil
        let own = twin.advance(examples, isMeasuring: isMeasuring, threads: innerThreads)
        let drift = Self.drift(twin.weights, from: expectedWeights, since: initial)
        recorders[i].add(number, own, reference: expectedTensors, local: local, drift: drift)
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

  private var configuration: TrainingConfiguration {
    TrainingConfiguration(
      model: CharacterMLP.name, architecture: model.architecture,
      parameters: model.parameterCount, text: text.description, steps: steps, batch: batch,
      context: model.context, optimizer: optimizer.description, seed: seed,
      measureEvery: measureEvery, localEvery: localEvery)
  }

  /// ‖θ - θ_ref‖ / ‖θ_ref - θ_0‖; nil where it is not finite or the reference has not moved.
  private static func drift(
    _ weights: [[Double]], from reference: [[Double]], since start: [[Double]]
  ) -> Double? {
    var error = 0.0
    var distance = 0.0
    for (w, (r, s)) in zip(weights, zip(reference, start)) {
      for i in w.indices {
        error += (w[i] - r[i]) * (w[i] - r[i])
        distance += (r[i] - s[i]) * (r[i] - s[i])
      }
    }
    let drift = (error / distance).squareRoot()
    return drift.isFinite ? drift : nil
  }
}
