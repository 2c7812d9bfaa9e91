// SPDX-License-Identifier: Apache-2.0
import Measurements

/// The measurements of one policy, step by step.
///
/// A class, because the runner hands it to a task and back at every step and a copy would grow with
/// the run; one task at a time uses it.
final class PolicyRecorder: @unchecked Sendable {
  /// What was recorded so far.
  private(set) var run: PolicyRun
  private var position: [SeriesKey: Int] = [:]

  private struct SeriesKey: Hashable {
    var tag: TensorTag
    var mode: ComparisonMode
  }

  init(_ policy: Policy) {
    run = PolicyRun(policy: policy.description)
  }

  /// Adds a step, and its tensors where it has any. `reference` is nil for the reference itself,
  /// whose deviations stay empty; `local` is the same step from the reference's weights.
  func add(
    _ number: Int, _ step: TwinStep, reference: ReferenceStep?, local: TwinStep?, drift: Double?
  ) {
    var record = StepRecord(
      step: number, loss: finite(step.loss), exactLoss: finite(step.exactLoss),
      lossScale: step.lossScale, skipped: step.skipped, drift: drift)
    record.gradients = addTensors(number, step, reference, .trajectory)
    if let local { record.localGradients = addTensors(number, local, reference, .local) }
    for update in step.updates { add(number, update, reference) }
    run.steps.append(record)
  }

  private func finite(_ x: Double) -> Double? { x.isFinite ? x : nil }

  /// Adds the tensors of a pass; the deviation of all weight gradients together.
  private func addTensors(
    _ number: Int, _ step: TwinStep, _ reference: ReferenceStep?, _ mode: ComparisonMode
  ) -> Deviation? {
    var gradients: Deviation?
    for tensor in step.tensors where !tensor.isIdentity {
      let point = TensorPoint(
        step: number, range: tensor.range, deviation: deviation(of: tensor, from: reference))
      append(point, tensor, mode)
      guard tensor.tag.kind == .weightGradient, reference != nil else { continue }
      gradients = gradients ?? Deviation()
      gradients?.merge(point.deviation)
    }
    return gradients
  }

  private func add(
    _ number: Int, _ update: RecordedUpdate, _ reference: ReferenceStep?
  ) {
    var point = TensorPoint(
      step: number, range: update.update.range,
      deviation: deviation(of: update.update, from: reference))
    let tag = update.update.tag
    let gradient = TensorTag(layer: tag.layer, operation: tag.operation, kind: .weightGradient)
    point.lost = LostUpdates(update, referenceGradient: reference?.values(gradient))
    append(point, update.update, .trajectory)
    append(
      TensorPoint(
        step: number, range: update.weights.range,
        deviation: deviation(of: update.weights, from: reference)),
      update.weights, .trajectory)
  }

  private func deviation(of tensor: RecordedTensor, from reference: ReferenceStep?) -> Deviation {
    var deviation = Deviation()
    guard let expected = reference?.values(tensor.tag) else { return deviation }
    expected.withUnsafeBufferPointer { expected in
      tensor.values.withUnsafeBufferPointer {
        deviation.add(reference: expected, result: $0, scale: tensor.scale)
      }
    }
    return deviation
  }

  private func append(
    _ point: TensorPoint, _ tensor: RecordedTensor, _ mode: ComparisonMode
  ) {
    let key = SeriesKey(tag: tensor.tag, mode: mode)
    let index = position[key] ?? run.tensors.count
    if index == run.tensors.count {
      position[key] = index
      run.tensors.append(
        TensorSeries(
          tag: tensor.tag, mode: mode, format: tensor.rounded.rawValue,
          exponents: ExponentHistogram(format: tensor.rounded.format)))
    }
    run.tensors[index].points.append(point)
    tensor.values.withUnsafeBufferPointer { run.tensors[index].exponents.add($0) }
  }
}

/// The reference's tensors of a step by their tags.
struct ReferenceStep: Sendable {
  private let tensors: [TensorTag: [Double]]

  init(_ step: TwinStep) {
    let updates = step.updates.flatMap { [$0.update, $0.weights] }
    tensors = Dictionary(
      (step.tensors + updates).map { ($0.tag, $0.values) }, uniquingKeysWith: { first, _ in first })
  }

  /// The values of a tensor, nil where the step was not measured or has no such tensor.
  func values(_ tag: TensorTag) -> [Double]? { tensors[tag] }
}

extension LostUpdates {
  /// The lost updates of one parameter's step.
  init(_ step: RecordedUpdate, referenceGradient: [Double]?) {
    self.init()
    let expected = referenceGradient ?? step.gradient
    step.base.withUnsafeBufferPointer { before in
      step.update.values.withUnsafeBufferPointer { update in
        step.weights.values.withUnsafeBufferPointer { after in
          step.gradient.withUnsafeBufferPointer { gradient in
            expected.withUnsafeBufferPointer {
              add(
                before: before, update: update, after: after, gradient: gradient,
                referenceGradient: $0)
            }
          }
        }
      }
    }
  }
}
