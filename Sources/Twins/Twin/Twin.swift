// SPDX-License-Identifier: Apache-2.0
import Datasets
import Formats
import Measurements
import Models
import Network
import Policies
import Randomness

/// A model in training under one policy.
///
/// One thread at a time changes a twin: the runner gives each to one task and waits for all.
package final class Twin: @unchecked Sendable {
  /// The policy.
  package let policy: Policy
  let model: any Model
  /// The model's parameters.
  package let parameters: [Parameter]
  let optimizer: Optimizer
  private let steps: Int
  private let random: RandomStream
  let pool: TensorPool
  /// What the next step starts from.
  private(set) var state: TwinState
  private(set) var scaler: LossScaler?
  /// The moving averages that steps take their weights into.
  private let averages: [WeightAverages]
  /// Whether the last step is kept, with its gradients.
  var keepsLastStep = false
  /// The last step; nil where it is not kept.
  private(set) var lastStep: TwinStep?

  /// The twin before its first step.
  ///
  /// - Parameters:
  ///   - steps: the number of steps of the run, which the learning rate's schedule needs.
  ///   - pool: the memory that twins of a run share, for they seldom all need it at once.
  ///   - averages: the moving averages of its weights.
  convenience init(
    _ policy: Policy, _ model: any Model, _ optimizer: Optimizer, weights: [[Double]],
    steps: Int = 1, seed: UInt64 = 1, pool: TensorPool = TensorPool(),
    averages: [WeightAverages] = []
  ) {
    self.init(
      policy, model, optimizer, weights: weights, steps: steps,
      random: RandomStream(seed: seed, purpose: .rounding), pool: pool, averages: averages)
  }

  private init(
    _ policy: Policy, _ model: any Model, _ optimizer: Optimizer, weights: [[Double]],
    steps: Int, random: RandomStream, pool: TensorPool, averages: [WeightAverages] = []
  ) {
    self.averages = averages
    self.pool = pool
    self.policy = policy
    self.model = model
    parameters = model.parameters
    self.optimizer = optimizer
    self.steps = steps
    self.random = random
    scaler = policy.lossScaling.map { LossScaler($0) }
    let context = StepContext(pool: pool)
    state = TwinState(
      weights: zip(parameters, weights).map { parameter, values in
        policy.tensor(parameter.shape, as: policy.weights, context) { values[$0] }
      })
  }

  /// A twin of the policy with a change, for probes; nil where the change changes nothing.
  func changed(by change: PolicyChange) -> Twin? {
    policy.changed(by: change).map {
      Twin($0, model, optimizer, weights: [], steps: steps, random: random, pool: pool)
    }
  }

  /// Goes on from a state.
  func restore(_ state: TwinState, _ scaler: LossScaler?) {
    self.state = state
    self.scaler = scaler
  }

  /// The weights, parameter by parameter.
  var weights: [Tensor] { state.weights }
  /// The bytes that the twin's tensors occupy, and the most they have.
  var memory: TensorPool.Usage { pool.usage }

  /// The bytes of the tensors that a step on the batch cannot do without: weights, the optimizer's
  /// state, and the values that the backward pass reads or a gradient for each weight, whichever
  /// are more: those go as these come.
  func neededBytes(_ batch: Minibatch, threads: Int) -> Int {
    let tape = TwinForward(
      self, batch, Tape(policy, context(step: 1, threads: threads, isMeasuring: false)), weights
    ).tape
    let own = weights.bytes
    let values = (weights + tape.needed).bytes - own
    return own + state.moments.flatMap(\.tensors).bytes + max(values, own)
  }

  /// One step from another twin's state, rounded to this one's formats, and nothing kept: what the
  /// step did, and the weights after it.
  func probe(
    _ batch: Minibatch, step: Int, from other: TwinState, threads: Int, observer: StepObserver?
  ) -> (step: TwinStep, weights: [Tensor]) {
    let context = context(step: step, threads: threads, isMeasuring: observer != nil)
    var state = TwinState(other, as: policy, context)
    var scaler = scaler
    let result = advance(batch, step, &state, &scaler, context, observer)
    return (result, state.weights)
  }

  /// One step on a batch: forward, backward, and the optimizer unless the scaler skips it.
  @discardableResult
  func advance(
    _ batch: Minibatch, step: Int, threads: Int, observer: StepObserver? = nil
  ) -> TwinStep {
    let context = context(step: step, threads: threads, isMeasuring: observer != nil)
    var result = advance(batch, step, &state, &scaler, context, observer)
    result.averages = state.average(averages, policy, context)
    if keepsLastStep { lastStep = result }
    result.gradients = nil
    return result
  }

  /// Why the scaler, as it was, skipped the step on a batch from the twin's weights, which it left
  /// as they are: the passes once more, in which every tensor is looked at.
  func skip(_ batch: Minibatch, step: Int, _ scaler: LossScaler, threads: Int) -> SkippedStep {
    guard !scaler.hasFailed else { return SkippedStep(reason: .stopped) }
    var first: TensorTag?
    let passes = differentiate(
      batch, from: state, scaler, context(step: step, threads: threads, isMeasuring: false),
      StepObserver(
        tensor: { if first == nil, $0.tensor.hasNonFinite { first = $0.tag } }, update: { _ in })
    ).step
    guard first?.kind.direction != .forward, passes.loss.isFinite else {
      let loss = TensorTag(layer: Tape.lossLayer, operation: "loss", kind: .activation)
      return SkippedStep(reason: .forward, tensor: first?.kind.direction == .forward ? first : loss)
    }
    return SkippedStep(reason: .backward, tensor: first)
  }

  /// The gradients of a batch, parameter by parameter, from a state or the twin's own, without a
  /// step.
  func gradients(
    _ batch: Minibatch, step: Int, from other: TwinState? = nil, threads: Int
  ) -> [Tensor] {
    let context = context(step: step, threads: threads, isMeasuring: false)
    return differentiate(batch, from: other ?? state, scaler, context, nil).gradients
  }

  private func advance(
    _ batch: Minibatch, _ step: Int, _ state: inout TwinState, _ scaler: inout LossScaler?,
    _ context: StepContext, _ observer: StepObserver?
  ) -> TwinStep {
    var passes = differentiate(batch, from: state, scaler, context, observer)
    var result = passes.step
    if keepsLastStep { result.gradients = passes.gradients }
    for statistics in passes.statistics {
      // In the layers' order: a stochastic rounding takes the next seed.
      for (layer, batch) in statistics.sorted(by: { $0.key < $1.key }) {
        add(batch, of: layer, to: &state, context)
      }
    }
    if policy.clipping?.gradients == .scaled, let limit = optimizer.clipNorm {
      let clipped = policy.clipped(passes.gradients, to: limit, context)
      (passes.gradients, result.clip) = (clipped.gradients, clipped.clip)
    }
    let before = scaler
    if let before {
      // The overflow is looked for in the scaled gradients, before they are unscaled.
      let overflowed = before.rule.detection.overflows(passes.gradients)
      let share =
        overflowed && before.rule.toleratedShare > 0 ? passes.gradients.nonFiniteShare : 1
      scaler?.update(overflowed: overflowed, share: share)
      result.skipped = overflowed || before.hasFailed
    }
    if !result.skipped {
      let clip = takeStep(
        passes.gradients, before, by: policy.optimizer, clipping: policy.clipping, step: step,
        &state, context, observer?.update)
      result.clip = result.clip ?? clip
    }
    result.memory = memoryCount(state, passes)
    return result
  }

  func context(step: Int, threads: Int, isMeasuring: Bool) -> StepContext {
    StepContext(
      pool: pool, threads: threads, isMeasuring: isMeasuring, random: random.stream(UInt64(step)))
  }

  func differentiate(
    _ batch: Minibatch, from state: TwinState, _ scaler: LossScaler?, _ context: StepContext,
    _ observer: StepObserver?
  ) -> Differentiated {
    guard let workers = policy.workers else {
      return accumulate(batch, from: state, scaler, context, observer)
    }
    return propagate(batch, from: state, scaler, workers, context, observer)
  }

  /// Forward and backward of a batch, or of one of several parts whose gradients add up: each is
  /// that of its share of the loss.
  func propagate(
    _ batch: Minibatch, partOf count: Int, from state: TwinState, _ scaler: LossScaler?,
    _ context: StepContext, _ observer: StepObserver?
  ) -> Differentiated {
    let inverse = scaler.map { Double($0.inverse) } ?? 1
    let replay = observer?.replayed.map {
      Replay(policy: $0, context: StepContext(pool: pool, threads: context.mostThreads))
    }
    let tape = Tape(
      policy, context, replay: replay,
      observe: (observer?.tensor).map { observe in
        { observe(ObservedTensor($0, inverseScale: inverse)) }
      })
    var pass = TwinForward(self, batch, tape, state.weights)
    let value = pass.tape.value(pass.loss)
    let scale = scaler.map { Double($0.scale) }
    let step = TwinStep(
      loss: value.doubles[0],
      exactLoss: exactLoss(
        pass.tape.value(pass.prediction), batch, threads: context.mostThreads),
      lossScale: scale, lossFormat: value.precision.format)
    let kept = observer == nil ? nil : pass.tape.keptBytes
    pass.tape.backward(
      from: pass.loss,
      seed: policy.tensor([], as: value.precision, context) { _ in (scale ?? 1) / Double(count) },
      layers: scaler?.rule.layers)
    let gradients = zip(pass.leaves, state.weights).map { leaf, weight in
      pass.tape.gradient(leaf)
        ?? policy.tensor(weight.shape, as: weight.precision, context) { _ in 0 }
    }
    return Differentiated(
      step: step, gradients: gradients, statistics: [pass.tape.batchStatistics], kept: kept)
  }

  /// The bytes of a step; nil where it was not measured.
  private func memoryCount(_ state: TwinState, _ passes: Differentiated) -> MemoryCount? {
    guard let kept = passes.kept else { return nil }
    var memory = MemoryCount()
    memory.parameters = model.parameterCount
    memory.weights = state.weights.reduce(0) { $0 + $1.bytesInFormat }
    memory.copies = kept.copies
    memory.gradients = passes.gradients.reduce(0) {
      $0 + $1.count * (policy.microBatches?.format ?? $1.precision).bytes
    }
    memory.optimizer = state.moments.flatMap(\.tensors).reduce(0) { $0 + $1.bytesInFormat }
    memory.activations = kept.activations
    memory.averages = bytesOfAverages(state.weights)
    return memory
  }

  /// The bytes of the policy's moving averages of weights; nil where it has none.
  func bytesOfAverages(_ weights: [Tensor]) -> Int? {
    policy.averages.map { averages in
      weights.reduce(0) { $0 + $1.count * (averages.format ?? $1.precision).bytes }
    }
  }

  /// Moves the running averages of a layer of batch normalization.
  private func add(
    _ batch: BatchStatistics, of layer: String, to state: inout TwinState, _ context: StepContext
  ) {
    var averages =
      state.statistics[layer]
      ?? RunningStatistics(channels: batch.mean.count, policy, context)
    averages.add(batch, policy, layer: layer, context)
    state.statistics[layer] = averages
  }

  /// The loss of a prediction, evaluated in FP64: comparable among policies.
  func exactLoss(_ prediction: Tensor, _ batch: Minibatch, threads: Int) -> Double {
    let context = StepContext(pool: pool, threads: threads)
    var tape = Tape(.fp64, context)
    let input = tape.input(prediction.inFP64(context))
    let loss = model.loss(input, batch, &tape)
    return tape.value(loss).doubles[0]
  }

  /// The optimizer's part of a step by a rule: changes the weights and moments of a state.
  ///
  /// - Parameter scaler: what the gradients were scaled by; nil where they were not.
  func takeStep(
    _ gradients: [Tensor], _ scaler: LossScaler?, by rule: OptimizerRule,
    clipping: GradientClipping?, step: Int, _ state: inout TwinState, _ context: StepContext,
    _ observe: ((ObservedUpdate) -> Void)? = nil
  ) -> GradientClip? {
    let optimizer = rule.hyperparameters.rounded(optimizer)
    let scalars = scalars(step, &state, optimizer, rule.hyperparameters)
    let optimizerStep = OptimizerStep(
      optimizer: optimizer, rule: rule, scalars: scalars, scaler: scaler, clipping: clipping)
    return optimizerStep.take(
      &state.weights, &state.moments, gradients: gradients, context,
      observe: observe.map { observe in
        { [parameters] i, result, gradient in
          observe(ObservedUpdate(parameters[i], result, gradient: gradient, rule.update))
        }
      })
  }

  private func scalars(
    _ step: Int, _ state: inout TwinState, _ optimizer: Optimizer,
    _ rounding: HyperparameterRounding
  ) -> StepScalars {
    // Powers by multiplication: `pow` differs from libm to libm.
    state.powers.beta1 *= optimizer.beta1
    state.powers.beta2 *= optimizer.beta2
    let rate = optimizer.learningRate * optimizer.schedule.factor(step: step, of: steps)
    return StepScalars(
      learningRate: rounding.rounded(rate),
      correction1: 1 - state.powers.beta1, correction2: (1 - state.powers.beta2).squareRoot())
  }
}

/// What the passes of a step leave.
struct Differentiated {
  var step: TwinStep
  var gradients: [Tensor]
  /// Of each pass whose batch moves the running averages, in their order, by layer.
  var statistics: [[String: BatchStatistics]]
  /// The bytes kept between the passes; nil where nothing was measured.
  var kept: (copies: Int, activations: Int)?
}
