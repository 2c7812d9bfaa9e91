// SPDX-License-Identifier: Apache-2.0
import Measurements

/// The measurements of one policy, step by step; each tensor is measured when it is finished, and not
/// kept.
///
/// A class, because the runner hands it to a task and back at every step and a copy would grow with
/// the run; one task at a time uses it.
final class PolicyRecorder: @unchecked Sendable {
  /// What was recorded so far.
  private(set) var run: PolicyRun
  /// The threads that share a tensor.
  private let threads: Int
  private var position: [SeriesKey: Int] = [:]

  private struct SeriesKey: Hashable {
    var tag: TensorTag
    var mode: ComparisonMode
  }

  init(_ policy: Policy, threads: Int = 1) {
    self.threads = threads
    run = PolicyRun(policy: policy.description)
  }

  /// Adds a step's record. `gradients` is the deviation of all weight gradients together, nil where they
  /// were not measured.
  func add(
    _ number: Int, _ step: TwinStep, gradients: Deviation?, localGradients: Deviation?,
    drift: Double?
  ) {
    var record = StepRecord(
      step: number, loss: finite(step.loss), exactLoss: finite(step.exactLoss),
      lossScale: step.lossScale, skipped: step.skipped, drift: drift)
    record.gradients = gradients
    record.localGradients = localGradients
    run.steps.append(record)
  }

  private func finite(_ x: Double) -> Double? { x.isFinite ? x : nil }

  /// Adds a tensor of a pass to its series, and to `gradients` where it is a weight gradient and there is
  /// a reference.
  func add(
    _ number: Int, _ tensor: ObservedTensor, _ mode: ComparisonMode, reference: ReferenceStep?,
    gradients: inout Deviation?
  ) {
    let point = TensorPoint(
      step: number, range: tensor.tensor.range ?? RangeCounts(),
      deviation: deviation(of: tensor, from: reference))
    append(point, tensor, mode)
    guard tensor.tag.kind == .weightGradient, reference != nil else { return }
    gradients = gradients ?? Deviation()
    gradients?.merge(point.deviation)
  }

  /// Adds one parameter's update and new weights to their series.
  func add(_ number: Int, _ update: ObservedUpdate, reference: ReferenceStep?) {
    var point = TensorPoint(
      step: number, range: update.update.tensor.range ?? RangeCounts(),
      deviation: deviation(of: update.update, from: reference))
    let tag = update.update.tag
    let gradient = TensorTag(layer: tag.layer, operation: tag.operation, kind: .weightGradient)
    point.lost = LostUpdates(
      update, referenceGradient: reference?.tensor(gradient), threads: threads)
    append(point, update.update, .trajectory)
    append(
      TensorPoint(
        step: number, range: update.weights.tensor.range ?? RangeCounts(),
        deviation: deviation(of: update.weights, from: reference)),
      update.weights, .trajectory)
  }

  private func deviation(of tensor: ObservedTensor, from reference: ReferenceStep?) -> Deviation {
    guard let expected = reference?.tensor(tensor.tag) else { return Deviation() }
    return tensor.tensor.deviation(from: expected, scale: tensor.inverseScale, threads: threads)
  }

  private func append(
    _ point: TensorPoint, _ tensor: ObservedTensor, _ mode: ComparisonMode
  ) {
    let key = SeriesKey(tag: tensor.tag, mode: mode)
    let index = position[key] ?? run.tensors.count
    if index == run.tensors.count {
      position[key] = index
      run.tensors.append(
        TensorSeries(
          tag: tensor.tag, mode: mode, format: tensor.tensor.rounded.id,
          exponents: ExponentHistogram(format: tensor.tensor.rounded.format)))
    }
    run.tensors[index].points.append(point)
    tensor.tensor.count(into: &run.tensors[index].exponents, threads: threads)
  }
}

/// The reference's tensors of a step by their tags; the reference has no loss scale.
struct ReferenceStep: Sendable {
  private var tensors: [TensorTag: Tensor] = [:]

  /// Keeps a tensor.
  mutating func add(_ tensor: ObservedTensor) { tensors[tensor.tag] = tensor.tensor }

  /// A tensor, nil where the step was not measured or has no such tensor.
  func tensor(_ tag: TensorTag) -> Tensor? { tensors[tag] }
}
