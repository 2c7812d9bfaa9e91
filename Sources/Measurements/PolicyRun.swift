// SPDX-License-Identifier: Apache-2.0

/// A precision policy in words and format ids, for people and reports.
public struct PolicyDescription: Codable, Sendable, Hashable {
  /// The short name, such as `fp16-amp`.
  public var name: String
  /// One sentence that says what the policy does.
  public var summary: String
  /// The format of matrix operands and of the tensors between operations.
  public var operands: String
  /// The format a sum is rounded to at each of its steps.
  public var accumulator: String
  /// The format of the weights that the optimizer keeps.
  public var weights: String
  /// The format of the optimizer's arithmetic and state.
  public var optimizer: String
  /// The loss scaler's name and constants; nil without one.
  public var lossScaling: String?

  /// The description.
  public init(
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
public struct StepRecord: Codable, Sendable, Hashable {
  /// The step, from 1.
  public var step: Int
  /// The loss as the twin computed it, the mean cross-entropy [nat] of classes or what the model
  /// defines; nil where it is not finite.
  public var loss: Double?
  /// The loss of the twin's prediction, evaluated in FP64; nil where it is not finite. Comparable among policies.
  public var exactLoss: Double?
  /// The loss scale during the step; nil without a scaler.
  public var lossScale: Double?
  /// Whether the scaler found an infinity or a NaN and the optimizer did not step.
  public var skipped: Bool
  /// The deviation of all weight gradients together, in trajectory mode; nil at unmeasured steps.
  public var gradients: Deviation?
  /// The same in local mode; nil at steps without a local measurement.
  public var localGradients: Deviation?
  /// ‖θ - θ_ref‖ / ‖θ_ref - θ_0‖ after the step; nil where a weight is not finite.
  public var drift: Double?

  /// The record.
  public init(
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
public struct PolicyRun: Codable, Sendable, Hashable {
  /// The policy.
  public var policy: PolicyDescription
  /// One record per step, ascending.
  public var steps: [StepRecord]
  /// One series per tensor and comparison mode, in the order in which a step produces the tensors.
  public var tensors: [TensorSeries]

  /// The run of a policy.
  public init(policy: PolicyDescription, steps: [StepRecord] = [], tensors: [TensorSeries] = []) {
    self.policy = policy
    self.steps = steps
    self.tensors = tensors
  }

  /// The number of steps that the loss scaler skipped.
  public var skippedSteps: Int { steps.count(where: \.skipped) }

  /// The first step whose loss is not finite, nil where there is none.
  public var firstNonFiniteStep: Int? { steps.first { $0.exactLoss == nil }?.step }

  /// The mean of `exactLoss` over the last steps, at most `count`; nil where one is not finite.
  ///
  /// One batch's loss varies from step to step more than policies differ: a mean is comparable.
  public func finalLoss(over count: Int = 10) -> Double? { meanLoss(steps.suffix(count)) }

  /// The same over the first steps.
  public func initialLoss(over count: Int = 10) -> Double? { meanLoss(steps.prefix(count)) }

  private func meanLoss(_ steps: ArraySlice<StepRecord>) -> Double? {
    let finite = steps.compactMap(\.exactLoss)
    guard !finite.isEmpty, finite.count == steps.count else { return nil }
    return finite.reduce(0, +) / Double(finite.count)
  }

  /// The range counts of all tensors of a kind, merged over all measured steps.
  public func range(of kind: TensorKind, mode: ComparisonMode = .trajectory) -> RangeCounts {
    tensors.lazy.filter { $0.tag.kind == kind && $0.mode == mode }
      .reduce(into: RangeCounts()) { $0.merge($1.totalRange) }
  }

  /// The lost updates of all weights, merged over all measured steps.
  public var lostUpdates: LostUpdates {
    tensors.lazy.filter { $0.mode == .trajectory }.compactMap(\.totalLost)
      .reduce(into: LostUpdates()) { $0.merge($1) }
  }
}
