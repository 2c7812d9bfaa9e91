// SPDX-License-Identifier: Apache-2.0
import Foundation
import Measurements
import Models
import Network
import Policies
import TensorFiles
import Threads

/// A twin run: one model, one initial state and one sequence of batches, advanced in lock step
/// under a reference and under each of several policies.
package struct TwinExperiment: Sendable {
  /// The model and what it learns from.
  package var task: TrainingTask
  /// The compared policies.
  package var policies: [Policy]
  /// What they are compared with: FP64 or MPFR.
  package var reference: Policy
  /// The optimizer of every twin.
  package var optimizer: Optimizer
  /// The number of steps.
  package var steps: Int
  /// The seed of weights and batches.
  package var seed: UInt64
  /// Tensors are measured at step 1 and at every multiple of this; zero for never.
  package var measureEvery: Int
  /// Local comparisons are made at step 1 and at every multiple of this; zero for none.
  package var localEvery: Int
  /// How often the reference is trained once more, on batches of further seeds.
  package var seedRuns: Int
  /// On how many of those seeds, and of as many more as it takes, every policy is trained, too.
  package var pairedSeeds = 0
  /// Whether the trained models are evaluated at the end.
  package var evaluates: Bool
  /// The number of threads; without influence on the result.
  package var threads: Int

  /// The experiment.
  package init(
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

  /// The result of all steps, or of those before `onStep` returned false or the reference ceased to
  /// be finite.
  ///
  /// - Parameters:
  ///   - state: what an earlier run of the same experiment left, to go on from; nil for the
  ///     beginning.
  ///   - onStep: called after each step with its number and the way to what the run could go on
  ///     from.
  ///   - handOver: takes what another framework needs to repeat the run, file by file: of each
  ///     step the batch; of each measured one the loss and the gradients of the reference and of
  ///     every policy; their weights at the end. nil where nobody asks.
  ///   - onEnd: called at the end with the reference's last step, if one was taken and is finite.
  /// - Precondition: the state fits the experiment.
  package func run(
    from state: TrainingState? = nil,
    onStep: (_ step: Int, _ state: () -> TrainingState) -> Bool = { _, _ in true },
    handOver: ((HandedFile) -> Void)? = nil,
    onEnd: (ReferenceRun.Start) -> Void = { _ in }
  ) -> TrainingRun {
    let batches = task.batches(seed)
    let twins = TwinGroup(self)
    let fixed = FixedExamples(
      evaluates ? batches : nil, threads: threads)
    let start = fixed.losses(twins.all)
    if let state {
      precondition(state.fits(self), "a state of other twins")
      twins.restore(state)
    }
    let reference = twins.reference
    let seeded = twins.seeds + twins.paired
    let handed = handOver == nil ? [] : [reference.twin] + twins.policies.map(\.twin)
    for twin in handed { twin.keepsLastStep = true }
    var number = state?.steps ?? 0
    var last: ReferenceRun.Start?
    while number < steps {
      number += 1
      let examples = batches.batch(step: number, threads: threads)
      let isLocal = isDue(number, every: localEvery)
      let isMeasuring = isLocal || isDue(number, every: measureEvery)
      let before = reference.twin.state
      let others = isLocal ? noiseBatches(number) : []
      let sampling =
        others.isEmpty
        ? nil
        : reference.samplingNoise(
          [examples] + others.map { batches.batch(step: $0) }, number, threads: threads)
      // While a seed's step runs beside it, no operation of the reference's has to be shared out.
      let tensors =
        concurrentMap(count: 1 + seeded.count, threads: threads) {
          [number, threads] i -> ReferenceStep? in
          guard i == 0 else {
            seeded[i - 1].advance(number, threads: threads)
            return nil
          }
          return reference.advance(
            examples, number, isMeasuring: isMeasuring,
            checksZeros: isMeasuring && checksZeros(number), sampling: sampling, threads: threads)
        }[0] ?? ReferenceStep()
      if !reference.isFinite {
        return result(
          twins, nil, stop: reference.stop(examples, number, from: before, threads: threads))
      }
      last = ReferenceRun.Start(step: number, state: before)
      for twin in seeded { twin.keep() }
      _ = concurrentMap(count: twins.policies.count, threads: threads) { [number, threads] i in
        Lockstep(
          twin: twins.policies[i].twin, recorder: twins.policies[i].recorder,
          reference: reference, before: before, tensors: tensors, number: number,
          threads: threads
        ).advance(examples, isMeasuring: isMeasuring, isLocal: isLocal)
      }
      handOver?(.batch(examples, task, step: number))
      if isMeasuring {
        for file in handed.compactMap({ HandedFile.step($0, step: number) }) {
          handOver?(file)
        }
      }
      guard onStep(number, { twins.state(steps: number) }) else { break }
    }
    for twin in handed { handOver?(.weights(twin, step: number)) }
    let end = fixed.losses(twins.all)
    if let last { onEnd(last) }
    return result(
      twins, zip(start, end).map { ExampleLosses(start: $0, end: $1) }, stop: nil)
  }

  /// The result with the losses of fixed examples, twin by twin; nil where the reference has none.
  private func result(
    _ twins: TwinGroup, _ losses: [ExampleLosses]?, stop: ReferenceStop?
  ) -> TrainingRun {
    let reference = twins.reference
    let models = TrainedModels(
      model: task.model, sets: evaluates && stop == nil ? task.evaluation() : [], threads: threads,
      reference: (self.reference.isMPFR ? .fp64 : self.reference, reference.twin.state),
      referenceName: self.reference.name)
    let evaluation = models.evaluate(twins.policies.map { ($0.twin.policy, $0.twin.state) })
    var configuration = configuration
    configuration.evaluationSets = zip(models.sets, evaluation?.reference.scores ?? []).map {
      EvaluationSet(name: $0.name, predictions: $1.count)
    }
    configuration.isHeldOut = task.isHeldOut
    configuration.epsilon = optimizer.method == .sgd ? nil : optimizer.epsilon
    configuration.beta2 = optimizer.method == .sgd ? nil : optimizer.beta2
    configuration.decaysWeights = optimizer.method == .adamw
    configuration.seedsArithmetic = seededReference.name
    configuration.lossUnit = task.model.lossUnit
    var run = TrainingRun(
      configuration: configuration,
      reference: reference.recorder.finished(evaluation: evaluation?.reference),
      policies: twins.policies.enumerated().map {
        $1.recorder.finished(evaluation: evaluation?.policies[$0])
      })
    for (index, policy) in policies.enumerated() {
      run.policies[index].policy.withoutScaling = withoutScaling(policy)?.name
    }
    run.predictionPairs = evaluation?.pairs ?? []
    for (index, twin) in twins.policies.enumerated() {
      run.policies[index].averages?.finish(twin.twin, reference, models)
    }
    let first = 1 + twins.policies.count
    let seeds = concurrentMap(count: twins.seeds.count + twins.paired.count, threads: threads) {
      i in
      i < twins.seeds.count
        ? twins.seeds[i].result(reference, models, losses?[first + i])
        : twins.paired[i - twins.seeds.count].result(nil, models, losses?[first + i])
    }
    run.seeds = Array(seeds.prefix(twins.seeds.count))
    run.reference.examples = losses?[0]
    for index in run.policies.indices {
      run.policies[index].examples = losses?[1 + index]
      run.policies[index].pairedSeeds = Array(
        seeds.dropFirst(twins.seeds.count + index * pairedSeeds).prefix(pairedSeeds))
    }
    run.stop = stop
    return run
  }

  /// The policy that is another one without loss scaling.
  private func withoutScaling(_ policy: Policy) -> Policy? {
    guard policy.lossScaling != nil else { return nil }
    return policies.first { other in
      var same = policy
      (same.name, same.lossScaling) = (other.name, nil)
      return same == other
    }
  }

  /// How often the reference is trained once more: every paired seed needs it.
  var referenceSeedRuns: Int { max(seedRuns, pairedSeeds) }

  /// How all twins divide a batch.
  var division: BatchDivision { BatchDivision(of: policies) }

  /// The reference's moving averages: one of each decay that a policy has, in its own format.
  var referenceAverages: [WeightAverages] {
    Set(policies.compactMap { $0.averages?.decay }).sorted().map { WeightAverages(decay: $0) }
  }

  private func isDue(_ step: Int, every interval: Int) -> Bool {
    interval > 0 && (step == 1 || step % interval == 0)
  }

  /// Whether gradients are looked at for zeros: at the first measured step, and at the second,
  /// third, fifth, ninth, ..., for what is zero at first may grow.
  private func checksZeros(_ step: Int) -> Bool {
    let number = step / max(1, measureEvery > 0 ? measureEvery : localEvery)
    return step == 1 || number & (number - 1) == 0
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

  /// The bytes that a step takes at least: the weights and gradients of every twin and the sums of
  /// its errors, a batch, and the reference's outputs of operations with a bias.
  package var leastBytes: Int {
    let twins = ([reference] + policies).reduce(0) { sum, policy in
      sum + (policy.held.precision == .fp32 ? MemoryLayout<Float>.size : MemoryLayout<Double>.size)
    }
    let (initial, seeded) = (
      MemoryLayout<Double>.size,
      (referenceSeedRuns + policies.count * pairedSeeds) * MemoryLayout<Double>.size
    )
    let errors = localEvery > 0 ? policies.count * ErrorSums.bytesPerValue : 0
    let weights = task.parameterCount.multipliedReportingOverflow(
      by: initial + 2 * (twins + seeded) + errors)
    let inputs = task.context ?? task.images.map { $0.channels * $0.height * $0.width } ?? 1
    let outputs = task.model.parameters.lazy.filter { $0.shape.count == 1 }.reduce(0) {
      $0 + $1.count
    }
    let batch = (task.batch * (inputs + outputs)).multipliedReportingOverflow(
      by: MemoryLayout<Double>.size)
    let sum = weights.partialValue.addingReportingOverflow(batch.partialValue)
    return weights.overflow || batch.overflow || sum.overflow ? .max : sum.partialValue
  }

  /// Everything that determines the result, as JSON: equal experiments give equal bytes.
  package func identity() throws -> Data {
    struct Identity: Encodable {
      var configuration: TrainingConfiguration
      var policies: [Policy]
      var reference: Policy
      var seedRuns: Int
      var pairedSeeds: Int
    }
    return try CanonicalJSON.encode(
      Identity(
        configuration: configuration, policies: policies, reference: reference,
        seedRuns: seedRuns, pairedSeeds: pairedSeeds))
  }

  /// What is trained on the batches of further seeds: FP64 stands for MPFR, which would take longer
  /// than everything else.
  var seededReference: Policy { reference.isMPFR ? .fp64 : reference }

  /// What is trained, and how.
  package var configuration: TrainingConfiguration {
    TrainingConfiguration(
      model: task.modelName, architecture: task.architecture,
      parameters: task.parameterCount, text: task.text, images: task.images, steps: steps,
      batch: task.batch, context: task.context, optimizer: optimizer.description, seed: seed,
      measureEvery: measureEvery, localEvery: localEvery)
  }
}
