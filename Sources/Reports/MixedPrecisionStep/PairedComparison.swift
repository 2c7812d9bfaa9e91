// SPDX-License-Identifier: Apache-2.0
import Measurements

/// Two policies of a run, or a policy and the reference, trained on the very same batches: whether
/// one is systematically behind the other, and whether that is more than another seed would do.
///
/// Differences are losses of `first` less those of `second` [the loss's unit], less what they
/// differed by on the fixed examples before the first step: positive where the first is behind.
/// What a policy's own arithmetic adds to a prediction is no training.
package struct PairedComparison: Hashable, Sendable, Codable {
  /// What the same batches say.
  package enum Answer: String, Hashable, Sendable, Codable {
    /// The first is behind.
    case behind
    /// The first is ahead.
    case ahead
    /// The interval holds zero.
    case notTold
    /// Every loss of both is the same number.
    case tie
    /// A loss is missing, or there are too few steps.
    case unmeasured

    /// The answer in a table's words; `-` where it was not measured.
    package var words: String {
      switch self {
      case .behind: "behind"
      case .ahead: "ahead"
      case .notTold: "not told"
      case .tie: "tie"
      case .unmeasured: "-"
      }
    }
  }

  /// The differences on further seeds.
  package struct Seeds: Hashable, Sendable, Codable {
    /// The seeds on which both were trained, the run's own included.
    package var runs: Int
    /// On how many the first is behind.
    package var behind: Int
    /// On how many it is ahead.
    package var ahead: Int
    /// On how many the loss of one of them is not finite.
    package var nonFinite: Int
    /// The mean difference over the others; nil with fewer than two.
    package var difference: MeanInterval?
  }

  /// A policy's name.
  package var first: String
  /// The other's, or the reference's.
  package var second: String
  /// The difference of what the fixed examples' losses fell by, over their batches; nil where one
  /// is not finite.
  package var examples: MeanInterval?
  /// The mean difference of the losses of the same batches over the last fifth of the steps, at
  /// least ten; nil where one is not finite.
  package var steps: MeanInterval?
  /// The first of those steps.
  package var firstStep: Int?
  /// The differences on further seeds; nil where the policies were trained on none.
  package var seeds: Seeds?
  /// The greatest difference that another seed makes, at 95 %; nil where it was not measured.
  package var chance: Double?
  /// How the trained models' predictions compare; nil where none were made.
  package var predictions: PairedPredictions?
  /// The probability of such a difference in right predictions by chance, see
  /// `PairedPredictions.probability`.
  package var predictionProbability: Double?
  /// Whether the first is systematically behind or ahead: by the seeds where there are any,
  /// otherwise by the steps of this run.
  package var systematic: Answer
  /// Whether the difference on the fixed examples is more than another seed would make; nil where
  /// that was not measured.
  package var isBeyondChance: Bool?

  /// The share of the steps that is looked at.
  private static let lastPart = 5

  /// The comparison of two policies of a run, of which the second may be the reference.
  init(_ first: PolicyRun, _ second: PolicyRun, of run: TrainingRun, floor: NoiseFloor?) {
    self.first = first.policy.name
    self.second = second.policy.name
    chance = floor?.lossLimit
    predictions = Self.predictions(first, second, of: run)
    predictionProbability = predictions?.probability
    if let own = first.examples?.progress, let other = second.examples?.progress,
      own.count == other.count
    {
      examples = MeanInterval(zip(own, other).map { $1 - $0 })
    }
    let offsets = zip(first.examples?.start ?? [], second.examples?.start ?? [])
      .compactMap { a, b in a.flatMap { a in b.map { a - $0 } } }
    // A watched run has the losses of its first steps there: those after the first one are training.
    let offset = run.watched == nil ? MeanInterval(offsets) : nil
    let pairs = Self.losses(first, second)
    let count = run.completedSteps
    let begin = count - max(BatchMeans.pieces, count / Self.lastPart)
    let last = pairs.filter { $0.step > begin }
    let differences = last.compactMap { pair in
      pair.first.flatMap { a in pair.second.map { a - $0 } }
    }
    if differences.count == last.count, begin >= 0 {
      steps = BatchMeans.interval(differences).flatMap { mean in
        offset.map { mean.less($0) } ?? mean
      }
      firstStep = steps == nil ? nil : begin + 1
    }
    seeds = Self.seeds(first, second, of: run)
    systematic = .unmeasured
    isBeyondChance = examples.flatMap { difference in
      chance.map { difference.estimate.magnitude > $0 }
    }
    if !pairs.isEmpty, pairs.allSatisfy({ $0.first != nil && $0.first == $0.second }),
      first.examples?.end == second.examples?.end, seeds.map({ $0.behind + $0.ahead == 0 }) ?? true
    {
      systematic = .tie
    } else if let interval = seeds == nil ? steps : seeds?.difference {
      systematic = !interval.excludesZero ? .notTold : interval.estimate > 0 ? .behind : .ahead
    }
  }

  /// The policies of a run against the reference, in the run's order.
  static func withReference(_ run: TrainingRun) -> [PairedComparison] {
    let floor = NoiseFloor(run)
    return run.policies.map { PairedComparison($0, run.reference, of: run, floor: floor) }
  }

  /// Every two policies of a run, each with those after it.
  package static func amongPolicies(_ run: TrainingRun) -> [PairedComparison] {
    let floor = NoiseFloor(run)
    return run.policies.indices.flatMap { index in
      run.policies[(index + 1)...].map {
        PairedComparison(run.policies[index], $0, of: run, floor: floor)
      }
    }
  }

  /// The losses of the steps that both have a record of.
  private static func losses(
    _ first: PolicyRun, _ second: PolicyRun
  ) -> [(step: Int, first: Double?, second: Double?)] {
    let others = Dictionary(second.steps.map { ($0.step, $0.exactLoss) }) { loss, _ in loss }
    return first.steps.compactMap { record in
      others[record.step].map { (record.step, record.exactLoss, $0) }
    }
  }

  /// What the losses of the fixed examples rose by on further seeds; the reference has its own list
  /// of them.
  private static func seeds(
    _ first: PolicyRun, _ second: PolicyRun, of run: TrainingRun
  ) -> Seeds? {
    func losses(_ policy: PolicyRun) -> [Double?] {
      let further = policy.policy.name == run.reference.policy.name ? run.seeds : policy.pairedSeeds
      return ([policy.examples] + further.map(\.examples)).map { examples in
        examples?.startLoss.flatMap { start in examples?.endLoss.map { $0 - start } }
      }
    }
    let pairs = Array(zip(losses(first), losses(second)))
    guard pairs.count > 1 else { return nil }
    let differences = pairs.compactMap { a, b in a.flatMap { a in b.map { a - $0 } } }
    return Seeds(
      runs: pairs.count, behind: differences.count { $0 > 0 }, ahead: differences.count { $0 < 0 },
      nonFinite: pairs.count - differences.count, difference: MeanInterval(differences))
  }

  private static func predictions(
    _ first: PolicyRun, _ second: PolicyRun, of run: TrainingRun
  ) -> PairedPredictions? {
    let (a, b) = (first.policy.name, second.policy.name)
    return run.predictionPairs.lazy.compactMap { pair in
      pair.first == a && pair.second == b
        ? pair : pair.first == b && pair.second == a ? pair.swapped : nil
    }.first
  }
}

extension PairedPredictions {
  /// The same with the models in the other order.
  fileprivate var swapped: PairedPredictions {
    var other = self
    (other.first, other.second) = (second, first)
    (other.onlyFirst, other.onlySecond) = (onlySecond, onlyFirst)
    return other
  }
}
