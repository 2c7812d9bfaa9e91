// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Network
import Policies
import Randomness
import Threads
import Twins
import Words

/// Looks at chosen steps of an experiment under every one of several loss scales.
package struct LossScaleSweeper {
  /// What is trained, under which policies.
  package var experiment: TwinExperiment
  /// The steps that are looked at, ascending, from 1.
  package var steps: [Int]
  /// The scales, ascending.
  package var scales: [Float]

  /// The sweep of steps.
  package init(_ experiment: TwinExperiment, steps: [Int], scales: [Float]) {
    self.experiment = experiment
    self.steps = steps
    self.scales = scales
  }

  /// The scales 2^0, 2^1, ..., 2^24.
  package static let powersOfTwo = (0...24).map { Float(sign: .plus, exponent: $0, significand: 1) }

  /// The sweep; of fewer steps where `onStep` returned false or the reference ceased to be finite.
  ///
  /// - Parameter onStep: called with each step that the reference has taken or been looked at in.
  package func run(onStep: (Int) -> Bool) -> LossScaleSweep {
    let reference = ReferenceRun(experiment)
    let twins = experiment.policies.map { policy in
      var policy = policy
      // The scales are the sweep's.
      policy.lossScaling = nil
      return reference.twin(policy)
    }
    var sweep = LossScaleSweep(
      configuration: experiment.configuration, reference: experiment.reference.description,
      scales: scales.map(Double.init),
      policies: twins.map { .init(policy: $0.policy.description, steps: []) })
    for step in steps {
      while reference.steps < step - 1, reference.isFinite {
        guard onStep(reference.steps + 1) else { return sweep }
        reference.advance()
      }
      guard reference.isFinite else {
        sweep.stoppedAt = reference.steps + 1
        return sweep
      }
      let moment = reference.moment()
      guard moment.loss != nil else {
        sweep.stoppedAt = step
        return sweep
      }
      for (index, twin) in twins.enumerated() {
        sweep.policies[index].steps.append(swept(twin, moment))
      }
      guard onStep(step) else { return sweep }
    }
    return sweep
  }

  private func swept(_ twin: Twin, _ moment: ReferenceRun.Moment) -> SweptStep {
    let threads = experiment.threads
    let counts = ConcurrentCounts(scales.count)
    let (step, passes) = twin.gradients(
      moment.batch, step: moment.step, from: moment.state, scales: scales, threads: threads
    ) { scale, gradient in
      guard gradient.tag.kind.direction == .backward else { return }
      counts.add(ScaledTensorCounts(gradient, moment), toScale: scale)
    }
    let digests = concurrentMap(count: passes.count, threads: threads) {
      Self.digest(passes[$0].gradients, passes[$0].inverse)
    }
    let observed = counts.tensors
    let positions = observed.first?.count ?? 0
    let recoveries = concurrentMap(count: positions, threads: threads) { position in
      self.recoveries(of: observed.map { $0[position] }, moment)
    }
    let rows = (0..<scales.count).map { i in
      var row = SweptScale(scale: Double(scales[i]), digest: digests[i])
      for (counts, recoveries) in zip(observed[i], recoveries) { row.add(counts, recoveries[i]) }
      return row
    }
    let tensors = (0..<positions).map { position in
      tensor(observed.map { $0[position] }, recoveries[position], moment)
    }
    var result = SweptStep(
      step: moment.step, loss: step.exactLoss.isFinite ? step.exactLoss : nil, scales: rows,
      tensors: tensors)
    result.isRandom = twin.policy.roundsPassesAtRandom
    return result
  }

  /// What each scale repairs of the reference's values of a gradient.
  private func recoveries(
    of counts: [ScaledTensorCounts], _ moment: ReferenceRun.Moment
  ) -> [UnderflowRecovery] {
    var vanishing: [String: VanishingValues] = [:]
    return zip(scales, counts).map { scale, counts in
      guard !counts.hasOwnScale, let format = Format(id: counts.format),
        GradientMagnitudes.wantScale(in: format), let expected = moment.tensors.tensor(counts.tag)
      else { return UnderflowRecovery() }
      if vanishing[counts.format] == nil {
        vanishing[counts.format] = VanishingValues(
          expected, only: moment.tensors.zeros(of: counts.tag)?.others, format: format)
      }
      return vanishing[counts.format]?.recovery(scale: Double(scale)) ?? UnderflowRecovery()
    }
  }

  /// A gradient from its counts under each scale.
  private func tensor(
    _ counts: [ScaledTensorCounts], _ recoveries: [UnderflowRecovery],
    _ moment: ReferenceRun.Moment
  ) -> SweptTensor {
    let tag = counts[0].tag
    let expected = moment.tensors.tensor(tag)
    let zeros = moment.tensors.zeros(of: tag)
    var tensor = SweptTensor(
      tag: tag, format: counts[0].format,
      magnitudes: counts.contains(where: \.hasOwnScale)
        ? nil
        : expected.flatMap {
          MagnitudeCounts($0, only: zeros?.others, threads: experiment.threads).result
        },
      scales: zip(counts, recoveries).map { .init(range: $0.range, recovery: $1, error: $0.error) })
    guard let format = Format(id: tensor.format), GradientMagnitudes.wantScale(in: format),
      let expected, let magnitudes = tensor.magnitudes
    else { return tensor }
    let exponent = Int(magnitudes.greatestScale(in: format).exponent)
    tensor.ownScale = .init(
      exponent: exponent,
      recovery: VanishingValues(expected, only: zeros?.others, format: format).recovery(
        scale: Double(sign: .plus, exponent: exponent, significand: 1)))
    return tensor
  }

  /// A digest of gradients times what undoes their scale: of powers of two exactly.
  private static func digest(_ gradients: [Tensor], _ inverse: Double) -> String {
    var digest: UInt64 = 0
    for gradient in gradients {
      gradient.forEachDoubles { _, values in
        for value in values { digest = SplitMix64.mixed(digest ^ (value * inverse).bitPattern) }
      }
    }
    return String(digest, radix: 16).padding(
      to: 2 * MemoryLayout<UInt64>.size, onTheLeftWith: "0")
  }
}

/// What one scale did to one gradient.
private struct ScaledTensorCounts: Sendable {
  let tag: TensorTag
  let format: String
  var range: RangeCounts
  /// The gradient, beside the reference's where that is not zero but for rounding.
  let deviation: Deviation
  let isComparable: Bool
  let isFinite: Bool
  /// Whether it is stored with a power of two of its own: no loss scale means anything to it.
  let hasOwnScale: Bool

  /// The counts of a gradient beside the reference's.
  init(_ gradient: ObservedTensor, _ moment: ReferenceRun.Moment) {
    tag = gradient.tag
    format = gradient.tensor.rounded.id
    range = gradient.tensor.range ?? RangeCounts()
    let zeros = moment.tensors.zeros(of: tag)
    isComparable = zeros?.isWhole != true
    isFinite = !gradient.tensor.hasNonFinite
    hasOwnScale = gradient.exponent != 0
    guard let expected = moment.tensors.tensor(gradient) else {
      deviation = Deviation()
      return
    }
    deviation = gradient.tensor.deviation(
      from: expected, scale: gradient.inverseScale, threads: 1)
  }

  var error: Double? { isComparable ? deviation.relativeL2 : nil }
}

extension SweptScale {
  /// Adds a gradient, in the order of the backward pass.
  fileprivate mutating func add(_ counts: ScaledTensorCounts, _ recovery: UnderflowRecovery) {
    range.merge(counts.range)
    self.recovery.merge(recovery)
    if counts.tag.kind == .weightGradient { gradients.merge(counts.deviation) }
    if !counts.isFinite, overflowed == nil { overflowed = counts.tag }
  }
}

extension VanishingValues {
  /// Those of a tensor, or of ranges of its elements.
  fileprivate init(_ tensor: Tensor, only ranges: [Range<Int>]?, format: Format) {
    self.init(format: format)
    guard let ranges else {
      tensor.forEachDoubles { _, values in add(values) }
      return
    }
    for range in ranges { tensor.withDoubles(range) { add($0) } }
  }
}

/// The counts of each scale's gradients in the order of its backward pass.
///
/// Unchecked: a scale's list is changed by one thread at a time, and read when all have ended.
private final class ConcurrentCounts: @unchecked Sendable {
  private let lists: UnsafeMutableBufferPointer<[ScaledTensorCounts]>

  init(_ scales: Int) {
    lists = .allocate(capacity: scales)
    lists.initialize(repeating: [])
  }

  deinit {
    lists.deinitialize()
    lists.deallocate()
  }

  func add(_ counts: ScaledTensorCounts, toScale scale: Int) { lists[scale].append(counts) }

  var tensors: [[ScaledTensorCounts]] { Array(lists) }
}
