// SPDX-License-Identifier: Apache-2.0
import Measurements

/// A twin run: one model, one initial state and one sequence of batches, advanced in lock step
/// under a reference and under each of several policies.
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
  /// How often the reference is trained once more, on batches of further seeds.
  public var seedRuns: Int
  /// Whether the trained models are evaluated at the end.
  public var evaluates: Bool
  /// The number of threads; without influence on the result.
  public var threads: Int

  /// The experiment.
  public init(
    task: TrainingTask, policies: [Policy], reference: Policy = .fp64, optimizer: Optimizer,
    steps: Int, seed: UInt64 = 1, measureEvery: Int = 1, localEvery: Int = 10,
    seedRuns: Int = 0, evaluates: Bool = true, threads: Int = 1
  ) {
    self.task = task
    self.policies = policies
    self.reference = reference
    self.optimizer = optimizer
    self.steps = steps
    self.seed = seed
    self.measureEvery = measureEvery
    self.localEvery = localEvery
    self.seedRuns = seedRuns
    self.evaluates = evaluates
    self.threads = threads
  }

  /// The result of all steps, or of those before `onStep`, which is called after each with its
  /// number, returns false, or the reference ceases to be finite.
  public func run(onStep: (_ step: Int) -> Bool = { _ in true }) -> TrainingRun {
    let initial = task.model.initialWeights(seed: seed)
    let batches = task.batches(seed)
    let workers = workerCount
    func twin(_ policy: Policy, seed: UInt64) -> Twin {
      Twin(
        policy.split(among: workers), task.model, optimizer, weights: initial, steps: steps,
        seed: seed)
    }
    let twins = policies.map { twin($0, seed: seed) }
    // FP64 stands for MPFR, which would take longer than everything else.
    let seeded = (0..<seedRuns).map { index in
      let seed = seed &+ UInt64(index + 1)
      return SeededTwin(
        twin(self.reference.isMPFR ? .fp64 : self.reference, seed: seed), task.batches(seed),
        seed: seed)
    }
    // Where twins fill the threads, an operation inside a twin has one.
    let lanes = twins.count + seeded.count
    let innerThreads = max(1, threads / max(1, lanes))
    let reference = ReferenceTwin(
      twin(self.reference, seed: seed), initial: initial, threads: threads)
    let recorders = policies.map { PolicyRecorder($0, threads: innerThreads) }
    var stop: ReferenceStop?
    for number in 1...max(1, steps) where number <= steps {
      let examples = batches.batch(step: number)
      let isLocal = isDue(number, every: localEvery)
      let isMeasuring = isLocal || isDue(number, every: measureEvery)
      let before = reference.twin.state
      let tensors = reference.advance(
        examples, number, isMeasuring: isMeasuring, noise: isLocal ? noiseBatches(number) : [],
        batches, threads: threads)
      if !reference.isFinite {
        stop = reference.stop(examples, number, from: before, threads: threads)
        break
      }
      _ = concurrentMap(count: lanes, threads: threads) { i in
        guard i < twins.count else {
          seeded[i - twins.count].advance(number, threads: innerThreads)
          return true
        }
        Lockstep(
          twin: twins[i], recorder: recorders[i], reference: reference, before: before,
          tensors: tensors, number: number, threads: innerThreads
        ).advance(examples, isMeasuring: isMeasuring, isLocal: isLocal)
        return true
      }
      guard onStep(number) else { break }
    }
    return result(reference, Array(zip(twins, recorders)), seeded, stop)
  }

  private func result(
    _ reference: ReferenceTwin, _ twins: [(twin: Twin, recorder: PolicyRecorder)],
    _ seeded: [SeededTwin], _ stop: ReferenceStop?
  ) -> TrainingRun {
    let models = TrainedModels(
      model: task.model, sets: evaluates && stop == nil ? task.evaluation() : [], threads: threads,
      reference: (self.reference.isMPFR ? .fp64 : self.reference, reference.twin.state))
    let evaluation = models.evaluate(twins.map { ($0.twin.policy, $0.twin.state) })
    var configuration = configuration
    configuration.evaluationSets = zip(models.sets, evaluation?.reference.scores ?? []).map {
      EvaluationSet(name: $0.name, predictions: $1.count)
    }
    configuration.isHeldOut = task.isHeldOut
    configuration.epsilon = optimizer.method == .sgd ? nil : optimizer.epsilon
    configuration.lossUnit = task.model.lossUnit
    var run = TrainingRun(
      configuration: configuration,
      reference: reference.recorder.finished(evaluation: evaluation?.reference),
      policies: twins.enumerated().map {
        $1.recorder.finished(evaluation: evaluation?.policies[$0])
      })
    run.seeds = seeded.map { $0.result(reference, models) }
    run.stop = stop
    return run
  }

  private func isDue(_ step: Int, every interval: Int) -> Bool {
    interval > 0 && (step == 1 || step % interval == 0)
  }

  /// The most steps at which the gradient's variation over minibatches is measured.
  private static let noiseLimit = 8
  /// The further minibatches of a measurement.
  private static let noiseBatches = 4

  /// The numbers of further batches, from behind the run's, for the variation of the gradient at a
  /// step with a local comparison; none at most of them.
  private func noiseBatches(_ step: Int) -> [Int] {
    let comparisons = 1 + steps / localEvery
    let stride = max(1, (comparisons + Self.noiseLimit - 1) / Self.noiseLimit)
    guard step == 1 || (step / localEvery) % stride == 0 else { return [] }
    return (1...Self.noiseBatches).map { steps + step * Self.noiseBatches + $0 }
  }

  private var configuration: TrainingConfiguration {
    TrainingConfiguration(
      model: task.modelName, architecture: task.architecture,
      parameters: task.parameterCount, text: task.text, images: task.images, steps: steps,
      batch: task.batch, context: task.context, optimizer: optimizer.description, seed: seed,
      measureEvery: measureEvery, localEvery: localEvery)
  }
}

extension Policy {
  /// Whether its numbers are MPFR's.
  var isMPFR: Bool {
    if case .mpfr = rule.compute { return true }
    return false
  }
}
