// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import Measurements

/// A model in training under one policy.
///
/// A twin is used by one thread at a time: the runner gives each to one task and waits for all.
final class Twin: @unchecked Sendable {
  /// The policy.
  let policy: Policy
  let model: any Model
  private let optimizer: Optimizer
  private let steps: Int
  private let random: RandomStream
  private let pool = TensorPool()
  private var parameters: [Tensor] = []
  private var states: [OptimizerState]
  private(set) var scaler: LossScaler?
  private var stepsTaken = 0
  private var beta1Power = 1.0
  private var beta2Power = 1.0

  /// The twin before its first step.
  ///
  /// - Parameter steps: the number of steps of the run, which the learning rate's schedule needs.
  init(
    _ policy: Policy, _ model: any Model, _ optimizer: Optimizer, weights: [[Double]],
    steps: Int = 1, seed: UInt64 = 1
  ) {
    self.policy = policy
    self.model = model
    self.optimizer = optimizer
    self.steps = steps
    random = RandomStream(seed: seed, purpose: .rounding)
    scaler = policy.lossScaling.map { LossScaler($0) }
    states = model.parameters.map { _ in OptimizerState() }
    parameters = tensors(weights, StepContext(pool: pool))
  }

  /// The weights, parameter by parameter.
  var weights: [Tensor] { parameters }
  /// The bytes that the twin's tensors occupy, and the most they have.
  var memory: TensorPool.Usage { pool.usage }

  /// Weights rounded to the twin's.
  func tensors(_ weights: [[Double]], _ context: StepContext) -> [Tensor] {
    zip(model.parameters, weights).map { parameter, values in
      tensor(values, parameter.shape, policy.weights, context)
    }
  }

  /// Values rounded to a format as the policy's arithmetic holds it.
  private func tensor(
    _ values: [Double], _ shape: [Int], _ precision: Precision, _ context: StepContext
  ) -> Tensor {
    policy.tensor(shape, as: precision, context) { values[$0] }
  }

  /// Forward and backward from other weights, rounded to the twin's, and nothing else changed.
  func probe(
    _ batch: Batch, step: Int, from weights: [Tensor], threads: Int,
    observe: ((ObservedTensor) -> Void)?
  ) -> TwinStep {
    let context = context(step: step, threads: threads, isMeasuring: observe != nil)
    let rounded = weights.map { tensor($0.doubles, $0.shape, policy.weights, context) }
    return differentiate(batch, from: rounded, context, observe).step
  }

  /// One step on a batch: forward, backward, and the optimizer unless the scaler skips it.
  func advance(
    _ batch: Batch, step: Int, threads: Int, observe: ((ObservedTensor) -> Void)? = nil,
    observeUpdate: ((ObservedUpdate) -> Void)? = nil
  ) -> TwinStep {
    let context = context(step: step, threads: threads, isMeasuring: observe != nil)
    var (result, gradients) = differentiate(batch, from: parameters, context, observe)
    if let scaler {
      // The overflow is looked for in the scaled gradients, before they are unscaled.
      let overflowed = scaler.rule.detection.overflows(gradients)
      self.scaler?.update(overflowed: overflowed)
      result.skipped = overflowed || scaler.hasFailed
      guard !result.skipped else { return result }
    }
    takeStep(gradients, scaler, step: step, context, observeUpdate)
    return result
  }

  private func context(step: Int, threads: Int, isMeasuring: Bool) -> StepContext {
    StepContext(
      pool: pool, threads: threads, isMeasuring: isMeasuring, random: random.stream(UInt64(step)))
  }

  private func differentiate(
    _ batch: Batch, from weights: [Tensor], _ context: StepContext,
    _ observe: ((ObservedTensor) -> Void)?
  ) -> (step: TwinStep, gradients: [Tensor]) {
    guard let workers = policy.workers else {
      return propagate(batch, from: weights, context, observe)
    }
    return propagate(batch, from: weights, workers, context, observe)
  }

  /// Forward and backward of one worker.
  func propagate(
    _ batch: Batch, from weights: [Tensor], _ context: StepContext,
    _ observe: ((ObservedTensor) -> Void)?
  ) -> (step: TwinStep, gradients: [Tensor]) {
    let inverse = scaler.map { Double($0.inverse) } ?? 1
    var tape = Tape(
      policy, context,
      observe: observe.map { observe in { observe(ObservedTensor($0, inverseScale: inverse)) } })
    let leaves = zip(model.parameters, weights).map {
      tape.parameter($1, layer: $0.layer, name: $0.name)
    }
    let prediction = model.predict(batch, &tape)
    let loss = model.loss(prediction, batch, &tape)
    let value = tape.value(loss)
    let step = TwinStep(
      loss: value.doubles[0],
      exactLoss: exactLoss(tape.value(prediction), batch, threads: context.threads),
      lossScale: scaler.map { Double($0.scale) })
    let scale = scaler.map { Double($0.scale) } ?? 1
    tape.backward(from: loss, seed: tensor([scale], [], value.precision, context))
    let gradients = zip(leaves, weights).map { leaf, weight in
      tape.gradient(leaf)
        ?? tensor(
          [Double](repeating: 0, count: weight.count), weight.shape, weight.precision, context)
    }
    return (step, gradients)
  }

  /// The loss of a prediction, evaluated in FP64: comparable among policies.
  private func exactLoss(_ prediction: Tensor, _ batch: Batch, threads: Int) -> Double {
    let context = StepContext(pool: pool, threads: threads)
    var tape = Tape(.fp64, context)
    let input = tape.input(prediction.inFP64(pool))
    let loss = model.loss(input, batch, &tape)
    return tape.value(loss).doubles[0]
  }

  private func takeStep(
    _ gradients: [Tensor], _ scaler: LossScaler?, step: Int, _ context: StepContext,
    _ observe: ((ObservedUpdate) -> Void)?
  ) {
    switch policy.optimizer.compute {
    case .fp16: takeStep(gradients, scaler, step, Kernel<Narrow16>.self, context, observe)
    case .bf16: takeStep(gradients, scaler, step, Kernel<NarrowB16>.self, context, observe)
    case .fp32: takeStep(gradients, scaler, step, Kernel<Float>.self, context, observe)
    case .fp64: takeStep(gradients, scaler, step, Kernel<Double>.self, context, observe)
    case .mpfr: takeStep(gradients, scaler, step, Kernel<Real>.self, context, observe)
    }
  }

  private func takeStep<N: Number>(
    _ gradients: [Tensor], _ scaler: LossScaler?, _ step: Int, _: Kernel<N>.Type,
    _ context: StepContext, _ observe: ((ObservedUpdate) -> Void)?
  ) {
    let kernel = Kernel<N>(
      rule: OperationRule(compute: policy.optimizer.compute), context: context)
    var rule = kernel.rule
    if policy.optimizer.update == .stochastic {
      rule.rounding = .stochastic(bits: Rounding.defaultStochasticBits, seed: 0)
    }
    let storing = Kernel<N>(rule: rule, context: context)
    var gradients = gradients
    if let scaler { gradients = gradients.map { kernel.unscaled($0, scaler) } }
    if let limit = optimizer.clipNorm { gradients = kernel.clipped(gradients, to: limit) }
    let scalars = nextScalars(step)
    for (i, parameter) in model.parameters.enumerated() {
      let result = states[i].advance(
        optimizer, policy.optimizer, scalars, weights: parameters[i], gradient: gradients[i],
        kernel, storing)
      parameters[i] = result.weights
      observe?(
        ObservedUpdate(parameter, result, gradient: gradients[i], policy.optimizer.update))
    }
  }

  private func nextScalars(_ step: Int) -> StepScalars {
    // Powers by multiplication: `pow` differs from libm to libm.
    beta1Power *= optimizer.beta1
    beta2Power *= optimizer.beta2
    return StepScalars(
      learningRate: optimizer.learningRate * optimizer.schedule.factor(step: step, of: steps),
      correction1: 1 - beta1Power, correction2: (1 - beta2Power).squareRoot())
  }
}

extension Kernel {
  /// A gradient without the loss scale.
  fileprivate func unscaled(_ gradient: Tensor, _ scaler: LossScaler) -> Tensor {
    switch scaler.rule.unscaling {
    case .multiplication:
      let inverse = N(Double(scaler.inverse))
      return map(gradient, as: gradient.precision) { $0 * inverse }
    case .division:
      let scale = N(Double(scaler.scale))
      return map(gradient, as: gradient.precision) { $0 / scale }
    }
  }

  /// Gradients times min(1, limit / (‖g‖ + 10⁻⁶)), the norm over all of them: squares are summed in
  /// interleaved order within a tensor, and then tensor by tensor.
  fileprivate func clipped(_ gradients: [Tensor], to limit: Double) -> [Tensor] {
    var squares = N.zero
    for gradient in gradients {
      let values = gradient.values(N.self)
      squares =
        squares + InterleavedSum.of(gradient.count, N.self) { values[$0] * values[$0] }
    }
    let factor = N(limit) / (squares.squareRoot() + N(1e-6))
    guard factor < .one else { return gradients }
    return gradients.map { map($0, as: $0.precision) { $0 * factor } }
  }
}
