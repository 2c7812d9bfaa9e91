// SPDX-License-Identifier: Apache-2.0

/// A precision policy in words and format ids, for people and reports.
package struct PolicyDescription: Codable, Sendable, Hashable {
  /// The short name, such as `fp16-amp`.
  package var name: String
  /// One sentence that says what the policy does.
  package var summary: String
  /// The format of matrix operands and of the tensors between operations.
  package var operands: String
  /// The format a sum is rounded to at each of its steps.
  package var accumulator: String
  /// The format of the weights that the optimizer keeps.
  package var weights: String
  /// The format of the optimizer's state.
  package var optimizer: String
  /// The format that the optimizer's constants and primitives are rounded to; nil where that is its
  /// state's.
  package var optimizerArithmetic: String?
  /// How the state is rounded to its format; nil for to nearest even.
  package var stateRounding: String?
  /// The format that the optimizer's constants are rounded to; nil where none is.
  package var hyperparameters: String?
  /// The loss scaler's name and constants; nil without one.
  package var lossScaling: String?
  /// Whether the scaler moves its scale; nil without one.
  package var hasDynamicScale: Bool?
  /// The least scale that the scaler's rule allows; nil where it allows any.
  package var leastScale: Double?
  /// Whether updates too small for the nearest weight are kept, by a stochastic rounding or a
  /// compensation.
  package var keepsUpdates: Bool?
  /// The name of the policy of the same run that differs in having no loss scaling; nil where there is
  /// none.
  package var withoutScaling: String?

  /// The description.
  package init(
    name: String, summary: String, operands: String, accumulator: String, weights: String,
    optimizer: String, lossScaling: String?
  ) {
    self.name = name
    self.summary = summary
    self.operands = operands
    self.accumulator = accumulator
    self.weights = weights
    self.optimizer = optimizer
    self.lossScaling = lossScaling
  }
}

/// The scalars of one step of one policy.
package struct StepRecord: Codable, Sendable, Hashable {
  /// The step, from 1.
  package var step: Int
  /// The loss as the twin computed it, the mean cross-entropy [nat] of classes or what the model
  /// defines; nil where it is not finite.
  package var loss: Double?
  /// The loss of the twin's prediction, evaluated in FP64; nil where it is not finite. Comparable
  /// among policies.
  package var exactLoss: Double?
  /// Whether the losses are nil because nobody told them, and not for what they were; nil where
  /// they are known.
  package var isLossUnknown: Bool?
  /// The loss scale during the step; nil without a scaler.
  package var lossScale: Double?
  /// Whether the scaler found an infinity or a NaN and the optimizer did not step.
  package var skipped: Bool
  /// Why it was skipped; nil where it was not.
  package var skip: SkippedStep?
  /// The deviation of all weight gradients together, in trajectory mode; nil at unmeasured steps.
  package var gradients: Deviation?
  /// The same in local mode; nil at steps without a local measurement.
  package var localGradients: Deviation?
  /// What clipping did; nil without a limit, and where the optimizer did not step before it.
  package var clip: GradientClip?
  /// The optimizer's state and updates, in trajectory mode; nil at unmeasured steps, where the
  /// optimizer did not step, and of the reference.
  package var state: StateRecord?
  /// ‖θ - θ_ref‖ / ‖θ_ref - θ_0‖ after the step; nil where a weight is not finite.
  package var drift: Double?
  /// The step's part in that distance, direct and by feedback; nil at steps without a local
  /// measurement.
  package var driftChange: DriftChange?
  /// The variation of the gradient over minibatches; of the reference alone, at some steps.
  package var sampling: SamplingNoise?
  /// The magnitudes of the gradients; of the reference alone, at measured steps.
  package var magnitudes: GradientMagnitudes?
  /// The magnitudes of the reference's gradients, by the id of the format that the policy rounds
  /// them to; of other twins alone, at measured steps. Tensors with a scale of their own are left
  /// out: no loss scale moves them in their format.
  package var magnitudesByFormat: [String: GradientMagnitudes]?

  /// The record.
  package init(
    step: Int, loss: Double?, exactLoss: Double?, lossScale: Double?, skipped: Bool,
    gradients: Deviation? = nil, localGradients: Deviation? = nil, drift: Double? = nil
  ) {
    self.step = step
    self.loss = loss
    self.exactLoss = exactLoss
    self.lossScale = lossScale
    self.skipped = skipped
    self.gradients = gradients
    self.localGradients = localGradients
    self.drift = drift
  }
}

/// What one policy did during a twin run.
package struct PolicyRun: Codable, Sendable, Hashable {
  /// The policy.
  package var policy: PolicyDescription
  /// Records of steps, ascending: all of them up to `recordLimit`, of more every second, fourth,
  /// eighth, ..., and the first `skipLimit` that were skipped.
  package private(set) var steps: [StepRecord] = []
  /// What is known of all steps.
  package private(set) var summary = RunSummary()
  /// One series per tensor and comparison mode, in the order in which a step produces the tensors.
  package var tensors: [TensorSeries]
  /// Of a reference, the gradients of which elements are zero but for rounding at every check; nil
  /// before one.
  package var zeroGradients: [ZeroGradient]?
  /// The step with the greatest need of each change that was tried on it, in the order of the first
  /// trials.
  package private(set) var trials: [ChangeTrial] = []
  /// What happened first, and where.
  package var incidents = Incidents()
  /// Whether gradient errors add up, parameter by parameter; empty without local comparisons.
  package var directionality: [Directionality] = []
  /// The bytes of a step.
  package var memory: MemoryCount?
  /// The trained model's predictions; nil where none were made.
  package var evaluation: PolicyEvaluation?
  /// The moving averages of the weights; nil without any.
  package var averages: WeightAverageRecord?
  /// The losses of fixed examples before and after; nil where none were taken.
  package var examples: ExampleLosses?
  /// The policy on batches of further seeds, on which the reference was trained as well, in the
  /// order of `TrainingRun.seeds`; empty where none were run.
  package var pairedSeeds: [SeedRun] = []

  /// The run of a policy.
  package init(policy: PolicyDescription, steps: [StepRecord] = [], tensors: [TensorSeries] = []) {
    self.policy = policy
    self.tensors = tensors
    for step in steps { append(step) }
  }

  /// The most records that are kept, so that memory does not grow with the steps.
  package static let recordLimit = 4096
  /// The most records that are kept for having been skipped.
  package static let skipLimit = 1024

  /// Adds a record of the step after all others.
  package mutating func append(_ record: StepRecord) {
    summary.add(record)
    if record.step % summary.interval == 0 || summary.keeps(record) { steps.append(record) }
    while steps.count > Self.recordLimit + Self.skipLimit {
      summary.interval *= 2
      steps.removeAll { $0.step % summary.interval != 0 && !summary.keeps($0) }
    }
  }

  /// Notes that the framework's scaler would have raised an error at a step, the first time.
  package mutating func noteScalerStop(_ step: Int) {
    summary.scalerStop = summary.scalerStop ?? step
  }

  /// How much a step must need a change for it to be tried once more: half as much again as the one
  /// that it was tried on.
  package func needForTrial(of change: PolicyChange) -> Double {
    let last = trials.first { change.replaces($0.change) }
    return last.map { 1.5 * $0.need } ?? 0
  }

  /// Adds a trial in the place of an earlier one of the same change.
  package mutating func add(_ trial: ChangeTrial) {
    if let index = trials.firstIndex(where: { trial.change.replaces($0.change) }) {
      trials[index] = trial
    } else {
      trials.append(trial)
    }
  }

  /// Whether a tensor is zero but for rounding: of a reference's `zeroGradients` a whole one, or
  /// its parameter, a cast of it or its update.
  package func isZeroButForRounding(_ tag: TensorTag) -> Bool {
    (zeroGradients ?? []).contains { $0.isWhole && $0.isOf(tag) }
  }

  /// The number of steps that the loss scaler skipped.
  package var skippedSteps: Int { summary.skipped }

  /// The first step whose loss is not finite, nil where there is none.
  package var firstNonFiniteStep: Int? { summary.firstNonFinite }

  /// The step from which on no loss was finite; nil where the last one is, or where the scaler
  /// skipped the few steps since and the weights may still be sound.
  package var divergedStep: Int? {
    guard let since = summary.nonFiniteSince,
      summary.movedSince || summary.count - since + 1 >= RunSummary.window
    else { return nil }
    return since
  }

  /// The mean of `exactLoss` over the last steps, at most `RunSummary.window`; nil where one is not
  /// finite.
  ///
  /// One batch's loss varies from step to step more than policies differ: a mean is comparable.
  package var finalLoss: Double? { RunSummary.mean(summary.last) }

  /// The same over the first steps.
  package var initialLoss: Double? { RunSummary.mean(summary.first) }

  /// The range counts of all tensors of a kind, merged over all measured steps.
  package func range(of kind: TensorKind, mode: ComparisonMode = .trajectory) -> RangeCounts {
    tensors.lazy.filter { $0.tag.kind == kind && $0.mode == mode }
      .reduce(into: RangeCounts()) { $0.merge($1.totalRange) }
  }

  /// The lost updates of all weights, merged over all measured steps.
  package var lostUpdates: LostUpdates {
    tensors.lazy.filter { $0.mode == .trajectory }.compactMap(\.totalLost)
      .reduce(into: LostUpdates()) { $0.merge($1) }
  }
}

/// What a run keeps of all its steps, however many there are.
package struct RunSummary: Codable, Sendable, Hashable {
  /// The number of steps at either end that a loss is averaged over.
  package static let window = 10

  /// The number of steps.
  package var count = 0
  /// The number of steps that the loss scaler skipped.
  package var skipped = 0
  /// The first step whose loss is not finite.
  package var firstNonFinite: Int?
  /// The first of the steps at the end whose losses are all not finite; nil where the last one is
  /// finite.
  package var nonFiniteSince: Int?
  /// Whether the optimizer moved the weights in one of them.
  package var movedSince = false
  /// The number of steps skipped for a value of the forward pass.
  package var forwardSkips = 0
  /// The first of them.
  package var firstForwardSkip: Int?
  /// The number of steps skipped for a scaled gradient.
  package var backwardSkips = 0
  /// The step at which the framework's scaler would have raised an error; nil where it would not.
  package var scalerStop: Int?
  /// The steps' clips; nil without any.
  package var clips: ClipSummary?
  /// The FP64-evaluated losses of the first steps; nil for one that is not finite.
  package var first: [Double?] = []
  /// Those of the last steps.
  package var last: [Double?] = []
  /// Of how many steps a record is kept.
  package var interval = 1
  /// The step up to which skipped ones are kept.
  private var lastKeptSkip = 0

  /// No steps.
  package init() {}

  fileprivate mutating func add(_ record: StepRecord) {
    count += 1
    if record.skipped {
      skipped += 1
      if skipped <= PolicyRun.skipLimit { lastKeptSkip = record.step }
    }
    if let clip = record.clip {
      clips = clips ?? ClipSummary()
      clips?.add(clip)
    }
    switch record.skip?.reason {
    case .forward:
      forwardSkips += 1
      firstForwardSkip = firstForwardSkip ?? record.step
    case .backward: backwardSkips += 1
    case .stopped, nil: break
    }
    if record.isLossUnknown == true { return }
    if record.exactLoss == nil {
      firstNonFinite = firstNonFinite ?? record.step
      nonFiniteSince = nonFiniteSince ?? record.step
      movedSince = movedSince || !record.skipped
    } else {
      nonFiniteSince = nil
      movedSince = false
    }
    if first.count < Self.window { first.append(record.exactLoss) }
    last.append(record.exactLoss)
    if last.count > Self.window { last.removeFirst() }
  }

  fileprivate func keeps(_ record: StepRecord) -> Bool {
    record.step == 1 || (record.skipped && record.step <= lastKeptSkip)
  }

  fileprivate static func mean(_ losses: [Double?]) -> Double? {
    let finite = losses.compactMap(\.self)
    guard !finite.isEmpty, finite.count == losses.count else { return nil }
    return finite.reduce(0, +) / Double(finite.count)
  }
}
