// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

/// Builds the run from what its steps recorded, one after the other.
struct WatchedRunBuilder {
  private var header: RecordedHeader
  private var policy: PolicyRun
  private var reference: PolicyRun
  private var watched: WatchedRecord
  /// The last step that was added.
  private(set) var lastStep = 0
  private var tags: [(tag: TensorTag, format: String)] = []
  private var taken: Set<TensorTag> = []
  /// The series by tag, of the run and of its twin.
  private var positions: [TensorTag: Int] = [:]
  private var twinPositions: [TensorTag: Int] = [:]
  /// How many elements a tensor of a gradient has, and whether all of its measurements are rounding
  /// errors.
  private var gradients: [TensorTag: (elements: Int, isRounding: Bool, wasSeen: Bool)] = [:]
  private var gradientOrder: [TensorTag] = []

  /// A run without steps.
  init(_ header: RecordedHeader) {
    self.header = header
    policy = PolicyRun(policy: header.policy)
    reference = PolicyRun(
      policy: PolicyDescription(
        name: "fp64", summary: "the same operations in FP64, from the same weights and batches",
        operands: "fp64", accumulator: "fp64", weights: "fp64", optimizer: "fp64",
        lossScaling: nil))
    watched = header.watched
  }

  /// Replaces what is said of the run.
  mutating func describe(_ header: RecordedHeader) {
    self.header = header
    policy.policy = header.policy
    var described = header.watched
    (described.sources, described.decisions) = (watched.sources, watched.decisions)
    described.notes = watched.notes
    watched = described
  }

  /// The greatest gradient of a step times this is what rounding errors of FP64 stay below, where a
  /// gradient is zero in exact arithmetic: 2^9 units in the last place.
  private static let roundingShare = 0x1p-44

  /// Gives names to the tensors that were declared since the last step.
  ///
  /// One that is stored in another format than its namesake is another tensor.
  mutating func declare(_ tensors: [RecordedTensor]) {
    for tensor in tensors.dropFirst(tags.count) {
      var tag = tensor.tag
      if taken.contains(tag) {
        tag = TensorTag(
          layer: tag.layer, operation: "\(tag.operation) in \(tensor.format)", kind: tag.kind)
      }
      taken.insert(tag)
      tags.append((tag, tensor.format))
      if let source = tensor.source {
        watched.sources.append(TensorSource(tensor: tag, source: source))
      }
    }
  }

  /// Adds a note; those that say the same are counted together.
  mutating func add(_ note: WatchedNote) {
    var plain = note
    plain.count = 0
    let index = watched.notes.firstIndex { other in
      var other = other
      other.count = 0
      return other == plain
    }
    if let index {
      watched.notes[index].count += note.count
    } else {
      watched.notes.append(note)
    }
  }

  /// Adds a step.
  mutating func add(
    _ step: RecordedStep, _ points: [RecordedPoint], _ updates: [RecordedPoint],
    _ decisions: [WatchedDecision]
  ) {
    lastStep = step.step
    var record = StepRecord(
      step: step.step, loss: step.loss.flatMap { $0.isFinite ? $0 : nil },
      exactLoss: step.loss.flatMap { $0.isFinite ? $0 : nil }, lossScale: step.lossScale,
      skipped: step.isSkipped)
    record.isLossUnknown = step.loss == nil ? true : nil
    record.clip = step.clip
    record.drift = step.drift.flatMap { $0.isFinite ? $0 : nil }
    var magnitudes: [String: MagnitudeCounts] = [:]
    var all = MagnitudeCounts()
    let greatest =
      points.filter { tags[$0.tensor].tag.kind.direction == .backward }
      .compactMap(\.twin?.largest).max() ?? 0
    for recorded in points {
      let (tag, format) = tags[recorded.tensor]
      let isRounding = note(recorded, tag, greatest)
      if tag.kind.direction == .backward, let twin = recorded.twin, !isRounding {
        all.merge(twin)
        magnitudes[format, default: MagnitudeCounts()].merge(twin)
      }
      if tag.kind == .weightGradient, recorded.twin != nil, !isRounding {
        record.gradients = record.gradients ?? Deviation()
        record.gradients?.merge(recorded.point.deviation)
      }
      if tag.kind.isMoment, recorded.twin != nil {
        record.state = record.state ?? StateRecord()
        record.state?.add(tag.kind, recorded.point.deviation, recorded.point.decay)
      }
      append(recorded, as: tag, format, step, isComparable: !isRounding)
    }
    for recorded in updates {
      let weight = tags[recorded.tensor].tag
      let tag = TensorTag(layer: weight.layer, operation: weight.operation, kind: .update)
      if recorded.twin != nil {
        record.state = record.state ?? StateRecord()
        record.state?.add(.update, recorded.point.deviation)
      }
      append(recorded, as: tag, recorded.exponents.format, step, isComparable: true)
    }
    record.magnitudesByFormat = magnitudes.compactMapValues(\.result)
    if record.magnitudesByFormat?.isEmpty == true { record.magnitudesByFormat = nil }
    record.skip = skip(step, points)
    policy.append(record)
    addReference(step, all.result)
    for decision in decisions { add(decision, step.step) }
  }

  private mutating func addReference(_ step: RecordedStep, _ magnitudes: GradientMagnitudes?) {
    let loss = step.twinLoss.flatMap { $0.isFinite ? $0 : nil }
    // The twin takes the run's own turns: it skips what the run's scaler skipped.
    var record = StepRecord(
      step: step.step, loss: loss, exactLoss: loss, lossScale: nil, skipped: false)
    record.isLossUnknown = step.twinLoss == nil ? true : nil
    record.magnitudes = magnitudes
    reference.append(record)
  }

  /// Whether a gradient of the twin is rounding errors, which is noted.
  private mutating func note(_ point: RecordedPoint, _ tag: TensorTag, _ greatest: Double) -> Bool {
    guard tag.kind.direction == .backward, let twin = point.twin else { return false }
    let isRounding = twin.largest > 0 && twin.largest < Self.roundingShare * greatest
    if gradients[tag] == nil { gradientOrder.append(tag) }
    let before = gradients[tag] ?? (0, true, false)
    // A gradient that is nothing at all at a step says nothing.
    gradients[tag] = (
      point.point.deviation.elements, before.isRounding && (isRounding || twin.largest == 0),
      before.wasSeen || isRounding
    )
    return isRounding
  }

  private mutating func append(
    _ recorded: RecordedPoint, as tag: TensorTag, _ format: String, _ step: RecordedStep,
    isComparable: Bool
  ) {
    var point = recorded.point
    point.step = step.step
    policy.incidents.note(tag, point, isComparable: isComparable)
    let index = positions[tag] ?? policy.tensors.count
    if index == policy.tensors.count {
      positions[tag] = index
      policy.tensors.append(
        TensorSeries(
          tag: tag, mode: .trajectory, format: format,
          exponents: ExponentHistogram(format: Format(id: format))))
    }
    policy.tensors[index].append(point)
    if recorded.exponents.format == policy.tensors[index].exponents.format {
      policy.tensors[index].exponents.merge(recorded.exponents)
    }
    if step.isSkipped { policy.tensors[index].skipLast(point.range) }
    guard let twin = recorded.twin else { return }
    let place = twinPositions[tag] ?? reference.tensors.count
    if place == reference.tensors.count {
      twinPositions[tag] = place
      reference.tensors.append(
        TensorSeries(
          tag: tag, mode: .trajectory, format: "fp64", exponents: ExponentHistogram(format: nil)))
    }
    reference.tensors[place].exponents.merge(twin.exponents)
  }

  /// Why a step was skipped; nil where it was not, or was not measured.
  private func skip(_ step: RecordedStep, _ points: [RecordedPoint]) -> SkippedStep? {
    guard step.isSkipped, step.isMeasured else { return nil }
    guard let broken = step.broken else { return SkippedStep(reason: .backward) }
    let tag = tags[broken].tag
    return SkippedStep(
      reason: tag.kind.direction == .backward ? .backward : .forward, tensor: tag,
      referenceLargest: points.first { $0.tensor == broken }?.twin?.largest)
  }

  private mutating func add(_ decision: WatchedDecision, _ step: Int) {
    let index =
      watched.decisions.firstIndex {
        $0.layer == decision.layer && $0.operation == decision.operation
          && $0.source == decision.source
      } ?? watched.decisions.count
    if index == watched.decisions.count {
      watched.decisions.append(
        WatchedDecision(
          layer: decision.layer, operation: decision.operation, source: decision.source))
    }
    watched.decisions[index].count += decision.count
    watched.decisions[index].different += decision.different
    if decision.different > 0, watched.decisions[index].firstStep == nil {
      watched.decisions[index].firstStep = step
    }
  }

  /// The run of all steps; `end` says why there are no more, nil where the recording breaks off.
  func run(end: String?) -> TrainingRun {
    var (configuration, watched) = (header.configuration, watched)
    watched.end = end
    let isWhole = end == "finished" || end == "steps" || configuration.steps == 0
    if isWhole { configuration.steps = reference.summary.count }
    watched.decisions.sort { ($0.different, $1.layer) > ($1.different, $0.layer) }
    var (policy, reference) = (policy, reference)
    reference.zeroGradients = gradientOrder.compactMap { tag in
      guard let gradient = gradients[tag], gradient.isRounding, gradient.wasSeen,
        gradient.elements > 0
      else { return nil }
      return ZeroGradient(whole: tag, elements: gradient.elements)
    }
    policy.examples = Self.ends(of: policy)
    reference.examples = Self.ends(of: reference)
    var run = TrainingRun(configuration: configuration, reference: reference, policies: [policy])
    run.watched = watched
    return run
  }

  /// The losses of the first and of the last steps, in the place of those of fixed examples; nil
  /// where the two would share steps, or a loss is not known.
  private static func ends(of run: PolicyRun) -> ExampleLosses? {
    let summary = run.summary
    guard summary.count >= 2 * RunSummary.window, summary.first.count == RunSummary.window,
      summary.last.count == RunSummary.window
    else { return nil }
    return ExampleLosses(start: summary.first, end: summary.last)
  }
}
