// SPDX-License-Identifier: Apache-2.0
import Measurements
import SoftFloat

/// A model in training under one policy, of whatever arithmetic.
protocol Twin: AnyObject, Sendable {
  /// The policy.
  var policy: Policy { get }
  /// The weights, parameter by parameter, widened to FP64.
  var weights: [[Double]] { get }
  /// One step on a batch: forward, backward, and the optimizer unless the scaler skips it.
  func advance(_ batch: Batch, isMeasuring: Bool, threads: Int) -> TwinStep
  /// Forward and backward from other weights, rounded to the twin's, and nothing else changed.
  func probe(_ batch: Batch, from weights: [[Double]], threads: Int) -> TwinStep
}

/// A twin of the policy's arithmetic.
func makeTwin(
  _ policy: Policy, _ model: CharacterMLP, _ optimizer: Optimizer, weights: [[Double]]
) -> any Twin {
  switch policy.elementwise {
  case .fp64: TypedTwin<Binary64Arithmetic>(policy, model, optimizer, weights: weights)
  case .fp16: TypedTwin<Binary16Arithmetic>(policy, model, optimizer, weights: weights)
  case .fp32, .bf16: TypedTwin<Binary32Arithmetic>(policy, model, optimizer, weights: weights)
  }
}

/// A twin whose values are of one scalar type.
///
/// A twin is used by one thread at a time: the runner gives each to one task and waits for all.
private final class TypedTwin<A: TrainingArithmetic>: Twin, @unchecked Sendable {
  let policy: Policy
  private let model: CharacterMLP
  private var parameters: [Tensor<A.Scalar>]
  private var states: [OptimizerState<A>]
  private var scaler: LossScaler?

  init(_ policy: Policy, _ model: CharacterMLP, _ optimizer: Optimizer, weights: [[Double]]) {
    self.policy = policy
    self.model = model
    scaler = policy.lossScaling.map { LossScaler($0) }
    parameters = Self.tensors(weights, model, policy)
    states = parameters.map { OptimizerState(optimizer, count: $0.values.count) }
  }

  private static func tensors(
    _ weights: [[Double]], _ model: CharacterMLP, _ policy: Policy
  ) -> [Tensor<A.Scalar>] {
    let engine = Engine<A>(policy: policy, threads: 1, isMeasuring: false)
    return zip(model.parameters, weights).map { parameter, values in
      engine.store(
        values.map { A.scalar($0) }, rows: parameter.rows, columns: parameter.columns,
        as: policy.weights)
    }
  }

  var weights: [[Double]] { widened() }

  @specialized(where A == Binary64Arithmetic)
  @specialized(where A == Binary32Arithmetic)
  @specialized(where A == Binary16Arithmetic)
  private func widened() -> [[Double]] { parameters.map { $0.values.map { A.double($0) } } }

  @specialized(where A == Binary64Arithmetic)
  @specialized(where A == Binary32Arithmetic)
  @specialized(where A == Binary16Arithmetic)
  func probe(_ batch: Batch, from weights: [[Double]], threads: Int) -> TwinStep {
    let engine = Engine<A>(policy: policy, threads: threads, isMeasuring: true)
    let pass = differentiate(batch, from: Self.tensors(weights, model, policy), engine)
    return record(pass, batch, isMeasuring: true)
  }

  @specialized(where A == Binary64Arithmetic)
  @specialized(where A == Binary32Arithmetic)
  @specialized(where A == Binary16Arithmetic)
  func advance(_ batch: Batch, isMeasuring: Bool, threads: Int) -> TwinStep {
    let engine = Engine<A>(policy: policy, threads: threads, isMeasuring: isMeasuring)
    let pass = differentiate(batch, from: parameters, engine)
    var step = record(pass, batch, isMeasuring: isMeasuring)
    let gradients = pass.parameters.map { pass.tape.node($0).gradient?.values ?? [] }
    if let scaler {
      // The overflow is looked for in the scaled gradients, before they are unscaled.
      let overflowed = scaler.rule.detection.overflows(gradients)
      self.scaler?.update(overflowed: overflowed)
      step.skipped = overflowed || scaler.hasFailed
      guard !step.skipped else { return step }
      step.updates = takeStep(gradients.map { unscaled($0, scaler) }, engine)
    } else {
      step.updates = takeStep(gradients, engine)
    }
    return step
  }

  private func unscaled(_ gradient: [A.Scalar], _ scaler: LossScaler) -> [A.Scalar] {
    switch scaler.rule.unscaling {
    case .multiplication:
      let inverse = A.scalar(Double(scaler.inverse))
      return gradient.map { $0 * inverse }
    case .division:
      let scale = A.scalar(Double(scaler.scale))
      return gradient.map { $0 / scale }
    }
  }

  private var inverseScale: Double { scaler.map { Double($0.inverse) } ?? 1 }

  private func differentiate(
    _ batch: Batch, from weights: [Tensor<A.Scalar>], _ engine: Engine<A>
  ) -> CharacterMLP.Pass<A> {
    var pass = model.forward(weights, batch, engine)
    let scale = A.scalar(scaler.map { Double($0.scale) } ?? 1)
    pass.tape.backward(
      from: engine.store([scale], rows: 1, columns: 1, as: policy.loss))
    return pass
  }

  private func takeStep(_ gradients: [[A.Scalar]], _ engine: Engine<A>) -> [RecordedUpdate] {
    var records: [RecordedUpdate] = []
    for (i, parameter) in model.parameters.enumerated() {
      let result = states[i].advance(
        weights: parameters[i], gradient: gradients[i], engine)
      parameters[i] = result.weights
      guard engine.isMeasuring else { continue }
      func recorded(_ tensor: Tensor<A.Scalar>, _ kind: TensorKind) -> RecordedTensor {
        RecordedTensor(
          tag: TensorTag(layer: parameter.layer, operation: parameter.name, kind: kind),
          rounded: tensor.rounded, range: tensor.range, values: tensor.values.map { A.double($0) },
          scale: 1)
      }
      records.append(
        RecordedUpdate(
          update: recorded(result.update, .update), weights: recorded(result.weights, .weight),
          base: result.base.map { A.double($0) }, gradient: gradients[i].map { A.double($0) }))
    }
    return records
  }

  private func record(
    _ pass: CharacterMLP.Pass<A>, _ batch: Batch, isMeasuring: Bool
  ) -> TwinStep {
    let logits = pass.tape.value(pass.logits).values.map { A.double($0) }
    return TwinStep(
      loss: A.double(pass.tape.value(pass.loss).values[0]),
      exactLoss: exactCrossEntropy(logits, targets: batch.targets),
      lossScale: scaler.map { Double($0.scale) },
      tensors: isMeasuring ? pass.tape.recorded(inverseScale: inverseScale) : [])
  }
}

/// The mean cross-entropy [nat] of logits in FP64.
func exactCrossEntropy(_ logits: [Double], targets: [Int]) -> Double {
  let classes = logits.count / max(targets.count, 1)
  var sum = 0.0
  for (row, target) in targets.enumerated() {
    let row = logits[row * classes..<(row + 1) * classes]
    let largest = row.reduce(-.infinity) { max($0, $1) }
    let total = row.reduce(0) { $0 + Elementary.exp($1 - largest) }
    sum += Elementary.log(total) - (row[row.startIndex + target] - largest)
  }
  return sum / Double(targets.count)
}
