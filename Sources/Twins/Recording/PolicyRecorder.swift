// SPDX-License-Identifier: Apache-2.0
import Measurements
import Network
import Policies
import Threads

/// The measurements of one policy, step by step; each tensor is measured when it is finished, and
/// not kept.
///
/// A class, because the runner hands it to a task and back at every step and a copy would grow with
/// the run; one task at a time uses it.
final class PolicyRecorder: @unchecked Sendable {
  /// What was recorded so far.
  private(set) var state: RecorderState
  private let mostThreads: Int
  private var position: [SeriesKey: Int] = [:]
  /// What the step that is being taken has appended to which series.
  private var appended: [(series: Int, range: RangeCounts)] = []
  /// What the step that is being taken has done to the optimizer's state.
  private var stepState: StateRecord?

  /// The reference's gradients of the step, by the format that the policy rounds them to.
  private var magnitudes: [String: MagnitudeCounts] = [:]

  private struct SeriesKey: Hashable {
    var tag: TensorTag
    var mode: ComparisonMode
  }

  init(_ policy: Policy, threads: Int = 1) {
    mostThreads = threads
    state = RecorderState(run: PolicyRun(policy: policy.description))
    state.run.averages = policy.averages.map {
      WeightAverageRecord(decay: $0.decay, format: ($0.format ?? policy.weights).id)
    }
  }

  /// The threads that share a tensor.
  private var threads: Int { ThreadTeam.available(of: mostThreads) }

  /// Goes on from what was recorded.
  func restore(_ state: RecorderState) {
    self.state = state
    position = [:]
    for (index, series) in state.run.tensors.enumerated() {
      position[SeriesKey(tag: series.tag, mode: series.mode)] = index
    }
  }

  /// Adds a step's record.
  func add(_ record: StepRecord, _ step: TwinStep) {
    var record = record
    if !magnitudes.isEmpty, let format = step.lossFormat {
      magnitudes[format.id, default: MagnitudeCounts()].merge(.ofLoss)
    }
    let magnitudes = magnitudes.compactMapValues(\.result)
    if !magnitudes.isEmpty { record.magnitudesByFormat = magnitudes }
    self.magnitudes = [:]
    if let averages = step.averages { state.run.averages?.lost.merge(averages) }
    record.state = stepState
    stepState = nil
    state.run.append(record)
    if record.skipped {
      for (series, range) in appended { state.run.tensors[series].skipLast(range) }
    }
    appended = []
    state.run.memory = step.memory ?? state.run.memory
  }

  /// How much a step must need a change for it to be tried.
  func needForTrial(of change: PolicyChange) -> Double { state.run.needForTrial(of: change) }

  /// Adds a trial of a change.
  func add(_ trial: ChangeTrial) { state.run.add(trial) }

  /// Notes that the framework's scaler would have raised an error at a step.
  func noteScalerStop(_ step: Int) { state.run.noteScalerStop(step) }

  /// Adds a tensor of a pass to its series, and to `gradients` where it is a weight gradient and
  /// there is a reference: what was measured of it.
  @discardableResult
  func add(
    _ number: Int, _ tensor: ObservedTensor, _ mode: ComparisonMode, reference: ReferenceStep?,
    gradients: inout Deviation?
  ) -> TensorPoint {
    var point = TensorPoint(
      step: number, range: tensor.tensor.range ?? RangeCounts(),
      deviation: deviation(of: tensor, from: reference))
    let zeros = reference?.zeros(of: tensor.tag)
    if let zeros { point.range = point.range.without(zeros, of: tensor.tensor) }
    if let expected = reference?.tensor(tensor) {
      point.origin = ErrorOrigin(tensor, reference: expected)
      if mode == .local { point.origin?.push = push(of: tensor, reference) }
      if mode == .trajectory, tensor.tag.kind.direction == .backward {
        point.recovery = recovery(of: tensor, reference: expected)
        if tensor.exponent == 0, let counts = reference?.magnitudes(tensor) {
          magnitudes[tensor.tensor.rounded.id, default: MagnitudeCounts()].merge(counts)
        }
      }
    }
    append(
      point, tensor, mode, isComparable: zeros?.isWhole != true)
    guard tensor.tag.kind == .weightGradient, reference != nil else { return point }
    gradients = gradients ?? Deviation()
    gradients?.merge(point.deviation)
    if mode == .local, let expected = reference?.tensor(tensor) {
      state.errors[tensor.tag, default: ErrorSums(count: expected.count)].add(
        tensor, reference: expected, step: number)
    }
    return point
  }

  /// What the error that an operation or a cast adds to a value does to the loss at first order; nil
  /// for a gradient, and where it is not finite.
  private func push(of tensor: ObservedTensor, _ reference: ReferenceStep?) -> Double? {
    let tag = tensor.source ?? tensor.tag
    guard tag.kind == .activation || tag.kind == .weight && tensor.source != nil,
      let exact = tensor.exact
    else { return nil }
    let slopes = reference?.tensor(
      TensorTag(
        layer: tag.layer, operation: tag.operation,
        kind: tag.kind == .activation ? .activationGradient : .weightGradient))
    // The loss itself has no gradient but 1.
    guard slopes != nil || tag.layer == Tape.lossLayer && exact.count == 1 else { return nil }
    var sum = 0.0
    tensor.tensor.forEachDoubles { range, values in
      exact.withDoubles(range) { exact in
        let errors = zip(values, exact).map { ($0 - $1) * tensor.inverseScale }
        guard let slopes else { return sum += errors.reduce(0, +) }
        slopes.withDoubles(range) { for (slope, error) in zip($0, errors) { sum += slope * error } }
      }
    }
    return sum.isFinite ? sum : nil
  }

  /// Adds one parameter's update and new weights to their series: what was measured of the update.
  @discardableResult
  func add(
    _ number: Int, _ update: ObservedUpdate, _ mode: ComparisonMode, reference: ReferenceStep?
  ) -> TensorPoint {
    var point = TensorPoint(
      step: number, range: update.update.tensor.range ?? RangeCounts(),
      deviation: deviation(of: update.update, from: reference))
    let tag = update.update.tag
    let zeros = reference?.zeros(of: tag)
    let gradient = TensorTag(layer: tag.layer, operation: tag.operation, kind: .weightGradient)
    point.lost = LostUpdates(
      update, referenceGradient: reference?.tensor(gradient), threads: threads,
      only: zeros?.others)
    var weights = TensorPoint(
      step: number, range: update.weights.tensor.range ?? RangeCounts(),
      deviation: deviation(of: update.weights, from: reference))
    weights.weightDecay = update.weightDecay
    if let zeros {
      point.range = point.range.without(zeros, of: update.update.tensor)
      weights.range = weights.range.without(zeros, of: update.weights.tensor)
    }
    append(point, update.update, mode)
    append(weights, update.weights, mode)
    var state = mode == .trajectory ? stepState ?? StateRecord() : StateRecord()
    state.add(.update, point.deviation)
    for (moment, decay) in update.moments {
      let point = TensorPoint(
        step: number, range: moment.tensor.range ?? RangeCounts(),
        deviation: deviation(of: moment, from: reference), decay: decay ?? MomentDecay())
      append(point, moment, mode)
      state.add(moment.tag.kind, point.deviation, decay)
    }
    if mode == .trajectory, reference != nil { stepState = state }
    return point
  }

  /// What of a reference's gradients is zero but for rounding.
  var zeroGradients: [ZeroGradient]? {
    get { state.run.zeroGradients }
    set { state.run.zeroGradients = newValue }
  }

  /// The run with what is known at its end alone.
  func finished(evaluation: PolicyEvaluation?) -> PolicyRun {
    var run = state.run
    run.directionality = run.tensors.compactMap { series in
      series.mode == .local ? state.errors[series.tag]?.directionality(of: series.tag) : nil
    }
    run.evaluation = evaluation
    run.zeroGradients?.removeAll { $0.ranges.isEmpty }
    return run
  }

  private func deviation(of tensor: ObservedTensor, from reference: ReferenceStep?) -> Deviation {
    guard let expected = reference?.tensor(tensor) else { return Deviation() }
    return tensor.tensor.deviation(from: expected, scale: tensor.inverseScale, threads: threads)
  }

  private func recovery(
    of tensor: ObservedTensor, reference: Tensor
  ) -> UnderflowRecovery? {
    guard let format = tensor.tensor.rounded.format else { return nil }
    var counts = UnderflowRecovery()
    let scale = 1 / tensor.inverseScale
    reference.forEachDoubles { _, values in counts.add(values, format: format, scale: scale) }
    return counts
  }

  private func append(
    _ point: TensorPoint, _ tensor: ObservedTensor, _ mode: ComparisonMode,
    isComparable: Bool = true
  ) {
    if mode == .trajectory {
      state.run.incidents.note(tensor.tag, point, isComparable: isComparable)
    }
    let key = SeriesKey(tag: tensor.tag, mode: mode)
    let index = position[key] ?? state.run.tensors.count
    if index == state.run.tensors.count {
      position[key] = index
      state.run.tensors.append(
        TensorSeries(
          tag: tensor.tag, mode: mode, format: tensor.tensor.rounded.id,
          exponents: ExponentHistogram(format: tensor.tensor.rounded.format)))
    }
    state.run.tensors[index].append(point)
    if mode == .trajectory { appended.append((index, point.range)) }
    tensor.tensor.count(into: &state.run.tensors[index].exponents, threads: threads)
  }
}

/// What a recorder has recorded.
struct RecorderState: Codable, Sendable {
  var run: PolicyRun
  /// The summed errors of weight gradients from the reference's weights.
  var errors: [TensorTag: ErrorSums] = [:]
}

extension ErrorOrigin {
  /// Where the error of a tensor comes from; nil where no replay was made.
  fileprivate init?(_ tensor: ObservedTensor, reference: Tensor) {
    guard let exact = tensor.exact else { return nil }
    self.init()
    let format = tensor.tensor.rounded.format
    tensor.tensor.forEachDoubles { range, values in
      exact.withDoubles(range) { exact in
        reference.withDoubles(range) {
          add(result: values, exact: exact, reference: $0, scale: tensor.inverseScale)
        }
        if let format { bias.add(result: values, exact: exact, format: format) }
      }
    }
  }
}
